/**
 * Checks a program's first bytes: can this machine start it? An empty file, an incomplete one or one for another
 * machine is recognised before it is started, so it costs no attempts.
 *
 * @module
 */
import type { Host } from "../ports.ts";

/** How many bytes {@link imageFault} needs: the size of an ELF64 header. */
export const IMAGE_HEAD_BYTES = 64;

/** ELF `e_machine` values that a processor runs: its own, and that of its 32-bit mode. */
const ELF_MACHINES: Record<string, readonly number[]> = { x64: [62, 3], arm64: [183, 40] };
/** The first bytes of a program for Linux, and of one for Windows or DOS ("MZ"). */
const MAGIC = { elf: [0x7f, 0x45, 0x4c, 0x46], pe: [0x4d, 0x5a] } as const;

/** True when a file begins as such a program does. */
export function hasMagic(head: Uint8Array, format: keyof typeof MAGIC): boolean {
  return begins(head, MAGIC[format]);
}

/** True for a batch file, which Windows recognises by its extension alone: any content is valid. */
export function isWindowsScript(path: string, host: Host): boolean {
  return host.os === "windows" && /\.(bat|cmd)$/i.test(path);
}

/**
 * Why the machine cannot start a program that begins with `head`, or `undefined` if it probably can. A file is rejected
 * only when it certainly cannot start: on an unknown operating system or processor everything is accepted.
 */
export function imageFault(head: Uint8Array, host: Host): string | undefined {
  if (head.length === 0) return "it is empty";
  if (host.os === "windows") {
    return hasMagic(head, "pe") ? undefined : "it is not a Windows program";
  }
  if (host.os !== "linux" || begins(head, [0x23, 0x21])) return undefined;
  if (!hasMagic(head, "elf")) return "it is neither an ELF program nor a script with #!";
  // The header of a 32-bit program has 52 bytes.
  if (head.length < IMAGE_HEAD_BYTES - 12) return "its ELF header is incomplete";
  const machine = (head[18] ?? 0) | ((head[19] ?? 0) << 8);
  const known = ELF_MACHINES[host.arch];
  return known === undefined || known.includes(machine)
    ? undefined
    : `it is for another processor (ELF machine ${machine})`;
}

function begins(head: Uint8Array, magic: readonly number[]): boolean {
  for (let at = 0; at < magic.length; at++) if (head[at] !== magic[at]) return false;
  return true;
}
