/** What a contestant is: a way to start a service. @module */
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/** A program and its arguments. */
export interface Service {
  readonly exe: string;
  readonly args: readonly string[];
}

/** A way to start a service. */
export interface Subject {
  readonly name: string;
  /** Why it cannot be measured on this machine. */
  readonly absent?: string | undefined;
  /** Lays out what it needs in the directory `place`, and returns the words that start the service. */
  prepare(place: string, service: Service): readonly string[];
}

/** The path of a tool, as a shell of root's would find it. */
export function toolPath(name: string): string | undefined {
  const path = `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin`;
  return path.split(":").map((dir) => join(dir, name)).find((file) => existsSync(file));
}

/** Why a tool of a Debian package cannot be measured, or `undefined`. */
export function missing(tool: string, debianPackage: string): string | undefined {
  return toolPath(tool) === undefined ? `not installed: apt-get install ${debianPackage}` : undefined;
}

/** A line of shell that becomes the service. */
export function execLine({ exe, args }: Service): string {
  return `exec ${[exe, ...args].map((word) => `'${word}'`).join(" ")}`;
}
