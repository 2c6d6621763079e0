/**
 * What `file:` probes have to know of the time before the service was started, where `check` sees that time and the
 * watcher comes after it: a file that the service writes once, at its start, would count as not touched.
 *
 * @module
 */
import type { Fs } from "../../core/fs_port.ts";
import type { BootToken } from "../../core/gate/boot_token.ts";
import { fileIn } from "../../core/state/paths.ts";
import { replaceFile } from "../../core/state/replace_file.ts";
import { readState } from "../../core/state/state_files.ts";
import { map, object, type Shape, text } from "../../core/state/validators.ts";
import type { ProbeIo } from "./probes/probe.ts";
import { beginProbes, type WatchPolicy } from "./wait_for_health.ts";

type Files = Pick<ProbeIo, "fileStamp">;

interface Before {
  /** The boot that it is about. */
  readonly boot: string;
  /** The stamp of each file; empty for one that did not exist. */
  readonly stamps: Readonly<Record<string, string>>;
}

const shape: Shape<Before> = object<Before>({ boot: text, stamps: map(text) });

const pathIn = (dataDir: string) => fileIn(dataDir, ".boot-touched.json");

/** Keeps what the probes of a boot see now. Throws {@link FsError}. */
export function keepBefore(fs: Fs, dataDir: string, token: BootToken, policy: WatchPolicy, io: Files): void {
  const stamps: Record<string, string> = {};
  beginProbes(policy, { fileStamp: (path) => stamps[path] = io.fileStamp(path) ?? "" });
  if (Object.keys(stamps).length === 0) return;
  fs.makeDirectory(dataDir);
  replaceFile(fs, pathIn(dataDir), JSON.stringify({ boot: bootOf(token), stamps }));
}

/** The files as the probes of a boot saw them before the service was started. */
export function filesBefore(fs: Fs, dataDir: string, token: BootToken, io: Files): Files {
  const read = readState(fs, pathIn(dataDir), shape);
  if (read.kind !== "value" || read.value.boot !== bootOf(token)) return io;
  const { stamps } = read.value;
  return { fileStamp: (path) => path in stamps ? stamps[path] || undefined : io.fileStamp(path) };
}

function bootOf({ kind, boot, stamp = "" }: BootToken): string {
  return `${kind} ${boot} ${stamp}`;
}
