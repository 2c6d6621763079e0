/** The files with the credentials of a herd: one in a directory for each machine, the judge and the operator. @module */
import { nkeys } from "@nats-io/transport-node";
import type { Fs } from "../../core/fs_port.ts";
import { fileIn } from "../../core/state/paths.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { namesIn } from "../../core/state/state_files.ts";
import { machineIn } from "../stores/nats/connect_nats.ts";
import type { HerdUser } from "./server_config.ts";

/** How such a file's name ends. */
const SUFFIX = ".nk";
/** A larger file, bytes, is none. */
const FILE_LIMIT = 4096;

/** Somebody, and the file with the seed. */
export interface KeyFile extends HerdUser {
  readonly path: string;
  readonly isNew: boolean;
}

/**
 * Makes what is missing; files that are there stay. A file may be renamed after its machine: whatever it is called, it
 * is that of a machine unless it is the judge's or the operator's.
 *
 * @throws {HerdStoreError} One of the files holds no seed.
 */
export function putKeyFiles(fs: Fs, folder: string, machines: number): KeyFile[] {
  fs.makeDirectory(folder);
  const files = namesIn(fs, folder).filter((file) => file.endsWith(SUFFIX));
  // All of them before one is made: nothing is made if one of them cannot be used.
  const there = new Map(files.map((file) => [file.slice(0, -SUFFIX.length), keyIn(fs, fileIn(folder, file))]));
  const names = new Set(["judge", "operator", ...there.keys()]);
  for (let next = 1; names.size < machines + 2; next++) names.add(`machine-${next}`);
  return [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true })).map((name) => {
    const path = fileIn(folder, name + SUFFIX);
    const known = there.get(name);
    return { kind: kindOf(name), name, path, isNew: known === undefined, key: known ?? newKeyIn(fs, path) };
  });
}

/** The public key of the seed in a file. */
function keyIn(fs: Fs, path: string): string {
  return machineIn(fs.read(path, FILE_LIMIT), path);
}

/** Makes a file with a new seed; returns the public key. */
function newKeyIn(fs: Fs, path: string): string {
  const user = nkeys.createUser();
  replaceFile(fs, path, `${new TextDecoder().decode(user.getSeed())}\n`, 0o600);
  return user.getPublicKey();
}

function kindOf(name: string): HerdUser["kind"] {
  return name === "judge" || name === "operator" ? name : "machine";
}

function rank(name: string): number {
  return ["judge", "operator"].indexOf(name) >>> 0;
}
