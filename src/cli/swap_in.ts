/** Putting an update in place, for the commands that do. @module */
import { resolve } from "@std/path/resolve.js";
import { SentinelError } from "../core/errors.ts";
import { stageNewMembers } from "../core/builds/members/stage_members.ts";
import { State } from "../core/state/state.ts";
import type { LockHandle } from "../core/ports.ts";
import { statePaths } from "../core/state/paths.ts";
import type { SwapOptions, Swapped } from "../core/changes/swap.ts";
import { homeLock, releaseBehind, releasesHome } from "../core/builds/release/places.ts";
import { beforeChange } from "./before_change.ts";
import { type Context, exeOf, pathArgument, positional, subjectFrom } from "./command.ts";
import { UsageError } from "./cli_errors.ts";
import { DATA, HERD, type OptionName } from "./options/options.ts";
import { splitMemberFile } from "./options/value_checks.ts";
import { reloadUnits } from "./reload_units.ts";
import { sentinelOf } from "./sentinel_of.ts";

/** The options that say which update, and what it has to fulfil. */
export const UPDATE_OPTIONS: readonly OptionName[] = [
  "to",
  "withFile",
  "sha256",
  "minisignKey",
  "signature",
  "manifest",
  "maxSize",
  "beforeSwap",
  "dataHookTimeout",
  ...DATA,
  ...HERD,
];

/** Asks the herd about an update that is about to be put in place. */
export type AskHerd = (update: { readonly digest: string; readonly version: string }) => Promise<void>;

/**
 * Verifies the file of the first argument, arms it and puts it in place; returns its version, and what was done.
 *
 * @param ask Called before, if there is a herd. @default nobody is asked, and its last answer counts
 */
export async function swapIn(
  context: Context,
  ask?: AskHerd,
): Promise<{ readonly version: string; readonly swapped: Swapped }> {
  const { settings, io } = context;
  const version = settings.to?.trim();
  if (version === undefined || version === "") throw new UsageError("No version is named: add --to VERSION");
  const file = pathArgument(context, positional(context, 0));
  const verify = await signatureCheck(context);
  const before = await beforeUpdate(context, version);
  const options = { since: io.startedAt, before, members: newMembers(context) };
  const herd = settings.herd === undefined ? undefined : ask;
  if (herd !== undefined && !context.isRelease) await herd({ version, digest: context.ports.fs.digest(file) });
  const swapped = context.isRelease
    ? await swapRelease(context, file, version, options, verify, herd)
    : sentinelOf(context).swap(file, version, { ...options, sha256: settings.sha256, verify });
  await reloadUnits(context);
  return { version, swapped };
}

/** The new file of each member, by the member's path. */
function newMembers(context: Context): Record<string, string> {
  const { members } = subjectFrom(context);
  const found = new Map<string, string>();
  for (const text of context.settings.withFile ?? []) {
    const [path, file] = splitMemberFile(text, members);
    if (found.has(path)) {
      const text = `Cannot use --with-file: it names ${path} twice; name one new file for it`;
      throw new UsageError(text, undefined, "docs/releases.md");
    }
    found.set(path, pathArgument(context, file));
  }
  return Object.fromEntries(found);
}

/** The herd's last answer comes first: an update that it withholds must not run the hook. */
async function beforeUpdate(context: Context, version: string): Promise<SwapOptions["before"]> {
  const before = await beforeChange(context);
  if (context.settings.herd === undefined) return before;
  const { refuseWithheld } = await import("./herd_gate.ts");
  return (change) => {
    refuseWithheld(context, { version, digest: change.digest });
    before?.(change);
  };
}

/** Puts the release beside the others, then flips the link. */
async function swapRelease(
  context: Context,
  file: string,
  version: string,
  options: SwapOptions,
  verify: SwapOptions["verify"],
  ask: AskHerd | undefined,
): Promise<Swapped> {
  const { settings: { sha256, manifest, maxSize: maxBytes, dryRun }, ports: { fs, log } } = context;
  const { checkRelease, placeRelease } = await import("../service/releases/place.ts");
  const release = { file, version, maxBytes, verify, sha256, manifest };
  if (dryRun) {
    const placed = checkRelease(fs, exeOf(context), release);
    if (placed !== undefined) return sentinelOf(context).swap(placed, version, options);
    // What an archive holds is not known: only its name can be refused.
    if (sentinelOf(context).isQuarantined(version)) {
      throw new SentinelError("quarantined", `Cannot swap to ${version}: it is quarantined; the program is unchanged`);
    }
    stageNewMembers(new State(context.ports, subjectFrom(context)), options.members ?? {});
    log("info", `would put ${file} beside the other releases as ${version}, and flip ${exeOf(context)}`);
    return { kind: "swapped" };
  }
  const held = lockReleases(context, releasesHome(fs, exeOf(context)));
  try {
    const placed = await placeRelease(fs, exeOf(context), release);
    try {
      await ask?.({ version, digest: placed.digest ?? fs.digest(placed.root) });
      // What was written is read again, and must still be that when the link is flipped.
      const swapped = sentinelOf(context).swap(placed.root, version, { ...options, sha256: placed.digest });
      // The live release has the same content: this one is not needed.
      if (swapped.kind === "already" && releaseBehind(fs, exeOf(context)) !== placed.root) placed.discard();
      return swapped;
    } catch (error) {
      if (releaseBehind(fs, exeOf(context)) !== placed.root) placed.discard();
      throw error;
    }
  } finally {
    held.forEach((one) => one.release());
  }
}

/** How long a swap waits while older releases are removed. */
const REMOVAL_MS = 60_000;

/**
 * Until the swap is done no confirm, of whatever service, may take its release for half-made or for one that nothing
 * leads to.
 */
function lockReleases(context: Context, home: string): LockHandle[] {
  const { ports: { fs, lock } } = context;
  const { dataDir } = subjectFrom(context);
  fs.makeDirectory(dataDir);
  const held: LockHandle[] = [];
  for (const [path, how] of [[statePaths(dataDir).releasesLock, "exclusive"], [homeLock(home), "shared"]] as const) {
    const taken = lock.acquire(path, REMOVAL_MS, how);
    if (taken === "busy") {
      held.forEach((one) => one.release());
      throw new SentinelError(
        "busy",
        `Another command puts a release beside ${exeOf(context)} or removes some: nothing was changed; try again later`,
      );
    }
    if (taken !== "unavailable") held.push(taken);
  }
  return held;
}

/** The check for `--minisign-key`. Its code is loaded only if a key is set. */
async function signatureCheck({ settings, io, ports }: Context): Promise<SwapOptions["verify"]> {
  const { minisignKey: key, signature } = settings;
  if (key === undefined) {
    if (signature === undefined) return undefined;
    throw new UsageError("A signature is named, but no key: add --minisign-key KEY");
  }
  const { verifyMinisign } = await import("../system/fs/minisign.ts");
  return (file) => {
    const signed = verifyMinisign(file, signature === undefined ? `${file}.minisig` : resolve(io.cwd, signature), key);
    ports.log("info", `The signature is valid: ${signed.comment}`);
    return signed.sha256;
  };
}
