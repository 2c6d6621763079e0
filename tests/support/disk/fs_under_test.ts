/** What the contract of file adapters is run on. @module */
import assert from "node:assert/strict";
import { type Fs, FsError, type FsFault } from "../../../src/core/ports.ts";

/** An adapter and a place to try it in. */
export interface FsUnderTest {
  readonly fs: Fs;
  /** An existing, empty directory; no slash at its end. */
  readonly root: string;
  /** Removes the directory. */
  cleanup(): void;
  /** Makes a symbolic link; left out where the adapter has none. */
  symlink?(target: string, path: string): void;
  /** Sets permission bits; left out where the adapter has none. */
  setMode?(path: string, mode: number): void;
}

/** Asserts that an action fails with this code. */
export function fails(code: FsFault, action: () => unknown): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof FsError, `not an FsError: ${error}`);
    assert.equal(error.code, code);
    return true;
  });
}
