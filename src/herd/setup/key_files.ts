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
  const there = namesIn(fs, folder).filter((file) => file.endsWith(SUFFIX)).map((file) =>
    file.slice(0, -SUFFIX.length)
  );
  const names = new Set([...["judge", "operator"], ...there]);
  for (let next = 1; names.size < machines + 2; next++) names.add(`machine-${next}`);
  return [...names].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, "en", { numeric: true })).map((name) => {
    const path = fileIn(folder, name + SUFFIX);
    const isNew = !there.includes(name);
    const seed = isNew ? nkeys.createUser().getSeed() : fs.read(path, FILE_LIMIT);
    if (isNew) replaceFile(fs, path, `${new TextDecoder().decode(seed)}\n`, 0o600);
    return { kind: kindOf(name), name, path, isNew, key: machineIn(seed, path) };
  });
}

function kindOf(name: string): HerdUser["kind"] {
  return name === "judge" || name === "operator" ? name : "machine";
}

function rank(name: string): number {
  return ["judge", "operator"].indexOf(name) >>> 0;
}
