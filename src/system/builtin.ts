/**
 * Modules of the runtime that cost milliseconds to load, and that most boots never need.
 *
 * @module
 */
import process from "node:process";

/** `node:crypto`, loaded at the first call. */
export function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

/** `node:tty`, loaded at the first call. */
export function tty(): typeof import("node:tty") {
  return process.getBuiltinModule("node:tty");
}
