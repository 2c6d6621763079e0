/** Releases in memory, put there as `swap` puts them. @module */
import { manifestPath, noteMade } from "../../../../src/core/builds/release/places.ts";
import { BootSentinel } from "../../../../src/system/boot_sentinel.ts";
import { MemoryFs } from "../../../../src/system/fs/memory/memory_fs.ts";
import { memoryPorts } from "../../../../src/testing.ts";

export const GUARD = "/opt/current";

export interface ReleaseSite {
  readonly fs: MemoryFs;
  /** Locks that somebody else holds. */
  readonly held: Set<string>;
  readonly said: readonly string[];
  sentinel(fs?: MemoryFs): BootSentinel;
  /** Puts a release beside the others; `ours`: with the mark of one that was made here. */
  put(version: string, ours?: boolean): string;
  /** Swaps a release in, and confirms it. */
  confirmed(version: string): void;
  /** Swaps a release in, and rolls it back. */
  failed(version: string): void;
}

/** Release 1, which others have made, is live and confirmed. */
export function releaseSite(options: { readonly keep?: number; readonly pin?: boolean } = {}): ReleaseSite {
  const fs = new MemoryFs();
  const said: string[] = [];
  const log = (level: string, text: string) => void said.push(`${level}: ${text}`);
  const held = new Set<string>();
  const lock = { acquire: (path: string) => held.has(path) ? "busy" as const : { release() {} } };
  const ports = { ...memoryPorts(fs), log, lock };
  const sentinel = (on = fs) =>
    new BootSentinel({ dataDir: "/state", guard: GUARD, ...options }, on === fs ? ports : { ...memoryPorts(on), log });
  const put = (version: string, ours = true) => {
    const root = `/opt/releases/${version}`;
    fs.put(`${root}/lib/main.js`, `release ${version}`);
    if (ours) {
      fs.put(manifestPath(root), fs.tree(root, 9).manifest);
      noteMade(fs, root, root);
    }
    return root;
  };
  const swap = (version: string) => sentinel().swap(put(version), version);
  put("1", false);
  fs.symlink("releases/1", GUARD);
  sentinel().confirmHealthy();
  return {
    ...{ fs, held, said, sentinel, put },
    confirmed(version) {
      swap(version);
      sentinel().confirmHealthy();
    },
    failed(version) {
      swap(version);
      sentinel().rollback();
    },
  };
}
