/** Programs of one line that both systems start: a script with `#!`, on Windows a batch file. @module */
import process from "node:process";
import { test } from "node:test";

const windows = process.platform === "win32";

/** The text of a program that runs one command of the shell: `echo WORD` or `exit N`. */
export function script(command: string): string {
  return windows ? `@${command.replace(/^exit/, "exit /b")}\r\n` : `#!/bin/sh\n${command}\n`;
}

/** A program's file name. */
export function scriptName(name: string): string {
  return windows ? `${name}.cmd` : name;
}

/** A test of what Windows does not have: it is skipped there, with this reason. */
export function onPosix(why: string): typeof test {
  const posixTest = (name: string, ...rest: unknown[]) => {
    if (windows) return test(`${name} (skipped: ${why})`, { skip: true }, () => {});
    return (test as (name: string, ...rest: unknown[]) => unknown)(name, ...rest);
  };
  return posixTest as typeof test;
}
