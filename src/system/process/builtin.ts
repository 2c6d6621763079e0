/**
 * Modules of the runtime that cost milliseconds to load, and that most boots never need. An `import` of one, even in a
 * file that is itself loaded late, is moved to the start of the compiled program.
 *
 * @module
 */
import process from "./process.ts";

/** `node:child_process`, loaded at the first call. */
export function childProcess(): typeof import("node:child_process") {
  return process.getBuiltinModule("node:child_process");
}

/** `node:crypto`, loaded at the first call. */
export function crypto(): typeof import("node:crypto") {
  return process.getBuiltinModule("node:crypto");
}

/** `node:fs`, loaded at the first call. */
export function fs(): typeof import("node:fs") {
  return process.getBuiltinModule("node:fs");
}

/** `node:os`, loaded at the first call. */
export function os(): typeof import("node:os") {
  return process.getBuiltinModule("node:os");
}

/** `node:path`, loaded at the first call. */
export function nodePath(): typeof import("node:path") {
  return process.getBuiltinModule("node:path");
}

/** `node:tty`, loaded at the first call. */
export function tty(): typeof import("node:tty") {
  return process.getBuiltinModule("node:tty");
}

/** `node:http`, loaded at the first call. */
export function http(): typeof import("node:http") {
  return process.getBuiltinModule("node:http");
}

/** `node:https`, loaded at the first call. */
export function https(): typeof import("node:https") {
  return process.getBuiltinModule("node:https");
}

/** `node:net`, loaded at the first call. */
export function net(): typeof import("node:net") {
  return process.getBuiltinModule("node:net");
}
