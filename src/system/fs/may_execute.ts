/** May this process start that file? @module */
import process from "../process/process.ts";
import { cString } from "../ffi/bytes.ts";
import { FfiUnavailable } from "../ffi/ffi.ts";
import { calls } from "./fs_calls.ts";
import { errnoOf } from "./fs_faults.ts";
import { openLibc } from "../ffi/libc.ts";
import { X_OK } from "../linux/abi.ts";
import { isPermitted } from "../process/permission.ts";
import { isDeno } from "../process/runtime.ts";

/**
 * Asks the kernel, which knows access lists and noexec mounts, and that root may start what anybody may.
 *
 * @throws The file is missing or out of reach.
 */
export function mayExecute(path: string): boolean {
  // Deno's own access() only reads the bits, and takes root for a common user.
  return isDeno ? asksLibc(path) : asksRuntime(path);
}

function asksRuntime(path: string): boolean {
  try {
    calls().accessSync(path, X_OK);
    return true;
  } catch (error) {
    if (errnoOf(error) === "EACCES") return false;
    throw error;
  }
}

function asksLibc(path: string): boolean {
  try {
    const { call } = openLibc({ access: [["ptr", "i32"], "i32"] });
    return call.access(cString(path), X_OK) === 0;
  } catch (error) {
    if (!(error instanceof FfiUnavailable)) throw error;
    // Without --allow-ffi the bits must do: of anybody for root, and where we may not tell who we are (--allow-sys).
    const common = isPermitted({ name: "sys", kind: "uid" }) && process.geteuid?.() !== 0;
    return common ? asksRuntime(path) : (calls().statSync(path).mode & 0o111) !== 0;
  }
}
