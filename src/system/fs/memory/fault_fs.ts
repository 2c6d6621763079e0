/**
 * A file system with planned faults, for tests.
 *
 * @module
 */
import { type FileInfo, type Fs, FsError, type FsFault } from "../../../core/ports.ts";
import { splice } from "./memory_disk.ts";

/** The name of an operation of {@link Fs}. */
export type FsVerb = keyof Fs;

/**
 * The operations that change the file system: those that fail on a full or read-only disk.
 *
 * @example A disk that stays full
 * ```ts
 * import { faultFs, FsError, memoryFs, WRITING_VERBS } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertThrows } from "@std/assert";
 *
 * const fs = faultFs(memoryFs(), [{ code: "noSpace", verb: WRITING_VERBS }]);
 * assertThrows(() => fs.append("/log", "line"), FsError, "no space left");
 * ```
 */
export const WRITING_VERBS: readonly FsVerb[] = [
  "create",
  "overwrite",
  "append",
  "copy",
  "link",
  "rename",
  "remove",
  "symlink",
  "makeDirectory",
  "removeDirectory",
  "syncDirectory",
  "syncTree",
  "copyTree",
  "removeTree",
  "exchange",
];

/** A planned fault, and the calls that fail with it. Without any condition all calls fail. */
export interface Fault {
  /** The code of the error that is thrown. */
  readonly code: FsFault;
  /** Only the N-th of the calls that meet the other conditions fails; the first is 1. @default all */
  readonly at?: number;
  /** With `at`: all later calls fail, too, as on a disk that stays full. @default false */
  readonly onward?: boolean;
  /** Only calls of this operation, or of one of these. @default all */
  readonly verb?: FsVerb | readonly FsVerb[];
  /** Only calls with a path (the first or second) for which this is true. @default all */
  readonly path?: (path: string) => boolean;
  /**
   * What a failing call does before it throws.
   *
   * - `before`: nothing.
   * - `after`: all of its work, as with an I/O error that is reported late.
   * - `halfway`: `create`, `overwrite` and `append` write half of the bytes, `copy` removes its target, all others
   *   do nothing.
   *
   * @default "before"
   */
  readonly when?: "before" | "after" | "halfway";
}

/** A file system with planned faults, which records its calls. */
export interface FaultFs extends Fs {
  /** The number of calls so far, failed ones included; with `verb`, only of these operations. */
  count(verb?: FsVerb | readonly FsVerb[]): number;
  /** The calls so far, as `verb path`. */
  readonly calls: readonly string[];
  /** The calls that have failed by plan, as `code verb path`. */
  readonly struck: readonly string[];
}

/**
 * Wraps a file system so that calls fail by plan. The plan is read at every call, so a test may change it meanwhile.
 *
 * @example Let each call of a change fail in turn
 * ```ts
 * import { faultFs, memoryFs } from "@boot-sentinel/boot-sentinel/testing";
 * import { assertEquals, assertThrows } from "@std/assert";
 *
 * const change = (fs: ReturnType<typeof faultFs>) => {
 *   fs.create("/state.tmp", new Uint8Array([1]));
 *   fs.rename("/state.tmp", "/state");
 * };
 * const clean = faultFs(memoryFs(), []);
 * change(clean);
 * for (let at = 1; at <= clean.count(); at++) {
 *   const disk = memoryFs();
 *   assertThrows(() => change(faultFs(disk, [{ code: "noSpace", at }])));
 *   assertEquals(disk.texts()["/state"], undefined); // never an incomplete state
 * }
 * ```
 *
 * @param inner The file system that carries out the calls.
 * @param plan The faults. If several apply to a call, the first one is used.
 */
export function faultFs(inner: Fs, plan: readonly Fault[]): FaultFs {
  const calls: { verb: FsVerb; text: string }[] = [];
  const struck: string[] = [];
  const matches = new Map<Fault, number>();

  /** Counts the call for every fault of the plan, and returns the one with which it fails. */
  function faultOf(verb: FsVerb, paths: readonly string[]): Fault | undefined {
    let found: Fault | undefined;
    for (const fault of plan) {
      const { verb: only = verb, path = () => true } = fault;
      if (!verbsOf(only).includes(verb) || !paths.some((each) => path(each))) continue;
      const count = (matches.get(fault) ?? 0) + 1;
      matches.set(fault, count);
      const { at = count } = fault;
      if (count === at || (fault.onward === true && count > at)) found ??= fault;
    }
    return found;
  }

  function run<T>(verb: FsVerb, paths: readonly string[], work: () => T, half?: () => void): T {
    const path = paths.at(-1) ?? "";
    calls.push({ verb, text: `${verb} ${paths.join(" ")}` });
    const fault = faultOf(verb, paths);
    if (fault === undefined) return work();
    struck.push(`${fault.code} ${verb} ${path}`);
    if (fault.when === "after") work();
    if (fault.when === "halfway") half?.();
    throw new FsError(fault.code, verb, path, new Error("a fault by plan"));
  }

  return {
    info: (path: string): FileInfo => run("info", [path], () => inner.info(path)),
    resolve: (path) => run("resolve", [path], () => inner.resolve(path)),
    read: (path, limit) => run("read", [path], () => inner.read(path, limit)),
    digest: (path) => run("digest", [path], () => inner.digest(path)),
    sameOwner: (one, other) => inner.sameOwner(one, other),
    replaceFault: (path, dataDir, isLink) => inner.replaceFault(path, dataDir, isLink),
    linkTarget: (path) => run("linkTarget", [path], () => inner.linkTarget(path)),
    symlink: (target, path) => run("symlink", [path], () => inner.symlink(target, path)),
    entries: (path) => run("entries", [path], () => inner.entries(path)),
    tree: (path, mostFiles) => run("tree", [path], () => inner.tree(path, mostFiles)),
    treeStamp: (path) => run("treeStamp", [path], () => inner.treeStamp(path)),
    syncTree: (path) => run("syncTree", [path], () => inner.syncTree(path)),
    copyTree: (from, to) => run("copyTree", [from, to], () => inner.copyTree(from, to)),
    removeTree: (path) => run("removeTree", [path], () => inner.removeTree(path)),
    exchange: (one, other) => run("exchange", [one, other], () => inner.exchange(one, other)),
    fingerprint: (path) => run("fingerprint", [path], () => inner.fingerprint(path)),
    executable: (path) => run("executable", [path], () => inner.executable(path)),
    list: (path) => run("list", [path], () => inner.list(path)),
    create: (path, bytes, mode) =>
      run("create", [path], () => inner.create(path, bytes, mode), () => inner.create(path, firstHalf(bytes), mode)),
    overwrite: (path, bytes) =>
      run("overwrite", [path], () => inner.overwrite(path, bytes), () => overwriteHalf(inner, path, bytes)),
    append: (path, line) => run("append", [path], () => inner.append(path, line), () => appendHalf(inner, path, line)),
    copy: (from, to, like) => run("copy", [from, to], () => inner.copy(from, to, like), () => inner.remove(to)),
    link: (from, to) => run("link", [from, to], () => inner.link(from, to)),
    rename: (from, to) => run("rename", [from, to], () => inner.rename(from, to)),
    remove: (path) => run("remove", [path], () => inner.remove(path)),
    makeDirectory: (path) => run("makeDirectory", [path], () => inner.makeDirectory(path)),
    removeDirectory: (path) => run("removeDirectory", [path], () => inner.removeDirectory(path)),
    syncDirectory: (path) => run("syncDirectory", [path], () => inner.syncDirectory(path)),
    count: (verb) => calls.filter((call) => verb === undefined || verbsOf(verb).includes(call.verb)).length,
    get calls(): readonly string[] {
      return calls.map((call) => call.text);
    },
    get struck(): readonly string[] {
      return struck;
    },
  };
}

function verbsOf(verb: FsVerb | readonly FsVerb[]): readonly FsVerb[] {
  return typeof verb === "string" ? [verb] : verb;
}

function firstHalf(bytes: Uint8Array): Uint8Array {
  return bytes.slice(0, Math.floor(bytes.length / 2));
}

/** Overwrites only the first half, as write(2) that stops in between. */
function overwriteHalf(inner: Fs, path: string, bytes: Uint8Array): void {
  const old = inner.read(path, Number.MAX_SAFE_INTEGER);
  inner.overwrite(path, splice(bytes, old, Math.floor(bytes.length / 2)));
}

/** Appends only the first half of a line. `append` always adds a whole line, so the file is cut after it. */
function appendHalf(inner: Fs, path: string, line: string): void {
  inner.append(path, line);
  const whole = inner.read(path, Number.MAX_SAFE_INTEGER);
  const lost = Math.ceil(new TextEncoder().encode(line).length / 2) + 1;
  inner.overwrite(path, whole.slice(0, whole.length - lost));
}
