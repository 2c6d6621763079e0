/** Which machines may take a build: each build has an order of its own, which every machine can compute. @module */
import { sha256 } from "../system/fs/sha256.ts";
import type { Admission } from "./messages/admission.ts";

/** The place of a machine in the order of a build: from 0 to 1, and as good as random. */
export function positionOf(digest: string, machine: string): number {
  const hash = sha256();
  hash.update(new TextEncoder().encode(`${digest} ${machine}`));
  // 52 bits are an exact number.
  return parseInt(hash.digest("hex").slice(0, 13), 16) / 2 ** 52;
}

/** Whether a machine at that place may take the build. */
export function isAdmitted(
  position: number,
  isCanary: boolean,
  { share, canaries = share }: Pick<Admission, "share" | "canaries">,
): boolean {
  return position < (isCanary ? Math.max(share, canaries) : share);
}
