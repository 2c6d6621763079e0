/** A copy of this project that every user can read: a clone may lie in a folder that only root may enter. @module */
import { copyFileSync, cpSync, existsSync, mkdirSync } from "node:fs";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "../mounts.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** What the scripts of this project are started with. */
const PARTS = [
  "deno.json",
  "package.json",
  "tsconfig.json",
  "src",
  "tests/support/drivers",
  "node_modules/deno-std",
  "node_modules/zod",
];

/** A command whose program and scripts of this project lie in `dir`, where every user can read them. */
export function readableCommand(dir: string, command: readonly string[]): [string, ...string[]] {
  const [program = "", ...words] = command;
  const copy = join(dir, basename(program));
  if (!existsSync(copy)) copyFileSync(program, copy);
  const copied = words.map((word) => word.startsWith(ROOT) ? join(copyOfProject(dir), relative(ROOT, word)) : word);
  must("chmod", "-R", "a+rX", dir);
  return [copy, ...copied];
}

function copyOfProject(dir: string): string {
  const project = join(dir, "project");
  if (existsSync(project)) return project;
  mkdirSync(project);
  for (const part of PARTS) cpSync(join(ROOT, part), join(project, part), { recursive: true, dereference: true });
  return project;
}
