/**
 * Can this machine start that file? Read from its first bytes, so that an empty, torn or foreign program costs no
 * boots.
 *
 * @module
 */
import type { Host } from "../ports.ts";

/** How many bytes {@link imageFault} wants to see. */
export const IMAGE_HEAD_BYTES = 64;

const ELF_MACHINES: Record<string, readonly number[]> = { x64: [62, 3], arm64: [183, 40] };
const PE_MAGIC = [0x4d, 0x5a];

/** True for a script that Windows tells by its name alone. */
export function isWindowsScript(path: string, host: Host): boolean {
  return host.os === "windows" && /\.(bat|cmd)$/i.test(path);
}

/**
 * Why the machine cannot start a program that begins with `head`, or `undefined` when nothing speaks against it.
 * Machines are told apart only where that is sure; what is not known is given the benefit of the doubt.
 */
export function imageFault(head: Uint8Array, host: Host): string | undefined {
  if (head.length === 0) return "it is empty";
  if (host.os === "windows") {
    return begins(head, PE_MAGIC) ? undefined : "it is no Windows program";
  }
  if (host.os !== "linux" || begins(head, [0x23, 0x21])) return undefined;
  if (!begins(head, [0x7f, 0x45, 0x4c, 0x46])) return "it is neither an ELF program nor a script with #!";
  if (head.length < IMAGE_HEAD_BYTES - 12) return "its ELF header is torn";
  const machine = (head[18] ?? 0) | ((head[19] ?? 0) << 8);
  const known = ELF_MACHINES[host.arch];
  return known === undefined || known.includes(machine) ? undefined : `it is made for another machine (ELF ${machine})`;
}

function begins(head: Uint8Array, magic: readonly number[]): boolean {
  for (let at = 0; at < magic.length; at++) if (head[at] !== magic[at]) return false;
  return true;
}
