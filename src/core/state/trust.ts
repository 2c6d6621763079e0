/**
 * Whether a file can be believed: who can write a state or configuration file decides which program is started.
 *
 * @module
 */
import type { FileInfo } from "../fs_port.ts";
import { shellWord } from "../shell_word.ts";

/** Why a file is not used, and what to do about it. */
export interface TrustFault {
  readonly why: string;
  readonly advice: string;
}

/**
 * Why a file must not be believed; `undefined` if its owner is root, the owner of its directory or this process's user,
 * and nobody else can write it.
 *
 * @param mode The mode that the file should have, for `chmod`.
 */
export function trustFault(
  { mode, trusted }: Pick<FileInfo, "mode" | "trusted">,
  path: string,
  rightMode: string,
): TrustFault | undefined {
  if (!trusted) {
    return { why: "another user owns it", advice: `inspect it and remove it: rm ${shellWord(path)}` };
  }
  if ((mode & 0o022) === 0) return undefined;
  // What Kubernetes makes of 0600.
  const again = (mode & 0o777) === 0o660
    ? "; if it is so at each start, the volume's fsGroup changes it: set fsGroupChangePolicy: OnRootMismatch"
    : "";
  return {
    why: `other users can write it (mode ${(mode & 0o777).toString(8)})`,
    advice: `inspect it, then: chmod ${rightMode} ${shellWord(path)}${again}`,
  };
}
