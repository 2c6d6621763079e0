/** The names of errors, beside those that the runtime has from this machine's headers. @module */
import assert from "node:assert/strict";
import { constants } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { errnoName } from "../../../src/system/ffi/errno.ts";

const skip = process.platform === "linux" ? false : "the numbers are Linux's";

test("every error has the name that this machine gives it", { skip }, () => {
  const names = new Map<number, string[]>();
  for (const [name, code] of Object.entries(constants.errno)) names.set(code, [...names.get(code) ?? [], name]);
  for (const [code, known] of names) {
    const name = errnoName(code);
    assert.ok(known.includes(name) || name === `errno ${code}`, `${code} is ${known}, not ${name}`);
  }
  for (const name of ["ENOENT", "EACCES", "ENOSPC", "ETXTBSY", "ELOOP", "EDQUOT"]) {
    assert.equal(errnoName(constants.errno[name as "ENOENT"]), name);
  }
});
