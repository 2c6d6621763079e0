/** Checks of option values. Each throws an `Error` that says what is wrong. @module */
import { isAbsolute } from "@std/path/is_absolute.js";
import { absolutePath } from "../../core/state/paths.ts";
import { endTime } from "../../service/end_time.ts";

/** A URL for HTTP requests. */
export function checkWebAddress(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return;
  throw new Error(`it takes a URL that starts with http:// or https://, not ${JSON.stringify(text)}`);
}

/** A sha256. */
export function checkSha256(text: string): void {
  if (/^[0-9a-f]{64}$/i.test(text.trim())) return;
  throw new Error(`it takes 64 hexadecimal digits, not ${JSON.stringify(text)}`);
}

/** When something is over. */
export function checkEnd(text: string): void {
  if (endTime(text, 0) !== undefined) return;
  throw new Error(
    `it takes a date such as 2026-12-31 or 2026-12-31T18:00Z, or a time from now such as 3d, not ${
      JSON.stringify(text)
    }`,
  );
}

/** A path that means the same in every folder. */
export function checkAbsolute(text: string): void {
  if (!isAbsolute(text)) throw new Error(`it takes an absolute path, not ${JSON.stringify(text)}`);
}

/** A member's path, and its new file. */
export function checkMemberFile(text: string): void {
  const at = text.indexOf("=");
  const [path, file] = at === -1 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  checkAbsolute(path);
  if (file === "") throw new Error(`it takes PATH=FILE, not ${JSON.stringify(text)}`);
}

/** The two parts of `PATH=FILE`. A path that has a `=` itself is one of `members`. */
export function splitMemberFile(text: string, members: readonly string[] = []): [path: string, file: string] {
  const ends = [...text.matchAll(/=/g)].map(({ index }) => index);
  const parts = ends.map((at): [string, string] => [absolutePath("/", text.slice(0, at)), text.slice(at + 1)]);
  return parts.find(([path]) => members.includes(path)) ?? parts[0] ?? [text, ""];
}
