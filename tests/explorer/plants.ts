/** Faults that are planted into the core, one at a time: the explorer has to find each. @module */
import type { Plant } from "./core_under_test.ts";
import type { Deed } from "./machine.ts";
import { FILE, RELEASE } from "./shapes.ts";

const plant = (name: string, file: string, from: string, to: string, ...start: Deed[]): Plant => ({
  name,
  file: `src/core/${file}`,
  from,
  to,
  shape: FILE,
  start,
});

/** Those that only a release shows. */
const ofRelease = (...planted: Parameters<typeof plant>): Plant => ({ ...plant(...planted), shape: RELEASE });

const SWAP: Deed = { kind: "swap", build: "2" };
const REPLACE: Deed = { kind: "replace", build: "2" };
const BOOT: Deed = { kind: "boot" };

/** The next boot puts last-good back. */
export const EXHAUSTED: readonly Deed[] = [SWAP, BOOT, BOOT];

/** All of them. */
export const PLANTS: readonly Plant[] = [
  plant(
    "the bad build is put back before it is quarantined, as the reference does",
    "changes/roll_back.ts",
    `const pending = badBuild !== undefined && !quarantine(state, badBuild);
  const { data, done: { file, told } } = withDataBack(state, from, () => restoreWithMembers(state, build));`,
    `const { data, done: { file, told } } = withDataBack(state, from, () => restoreWithMembers(state, build));
  const pending = badBuild !== undefined && !quarantine(state, badBuild);`,
    ...EXHAUSTED,
  ),
  plant(
    "the bad build is not quarantined",
    "changes/roll_back.ts",
    "const pending = badBuild !== undefined && !quarantine(state, badBuild);",
    "const pending = false;",
    ...EXHAUSTED,
  ),
  plant(
    "a rollback writes into the program",
    "builds/restore.ts",
    "    fs.rename(stage, state.exe);\n  } catch",
    "    fs.copy(stage, state.exe);\n  } catch",
    ...EXHAUSTED,
  ),
  plant(
    "last-good stays the program's own file after a restore",
    "builds/restore.ts",
    "if (sharesLastGood(state)) unshareLastGood(state);",
    "",
    ...EXHAUSTED,
  ),
  plant("last-good is written in place", "builds/snapshot.ts", "fs.rename(temp, path);", "fs.copy(temp, path);"),
  plant(
    "no file is compared with what was read of it",
    "builds/identity.ts",
    "return now.identity === as.identity ? now : undefined;",
    "return now;",
  ),
  plant(
    "the live build is stamped by its path",
    "builds/snapshot.ts",
    "const stamp = stampOfSame(state, state.exe, file);",
    "const stamp = state.ports.fs.info(state.exe).stamp;",
  ),
  plant(
    "a count is not written",
    "gate/carry_out.ts",
    "const before = state.sentinel;",
    "const before = undefined;",
    SWAP,
  ),
  plant(
    "a count starts anew at each boot",
    "gate/boot_count.ts",
    "return isAlone ? attempts : instances[instanceOf(subject)]?.attempts ?? 0;",
    "return 0;",
    SWAP,
  ),
  plant(
    "state is removed before it is written anew",
    "state/write_state.ts",
    "replaceFile(fs, path, bytes);",
    "fs.remove(path);\n    replaceFile(fs, path, bytes);",
    SWAP,
    BOOT,
  ),
  plant(
    "a new state file's name is not flushed",
    "state/replace_file.ts",
    "  fs.syncDirectory(directoryOf(path));\n",
    "",
    SWAP,
  ),
  plant(
    "no spare file is used on a full disk",
    "state/write_state.ts",
    "if (!renamedSpare(fs, path, bytes) && !overwritten(fs, path, bytes)) throw error;",
    "if (!overwritten(fs, path, bytes)) throw error;",
    { kind: "confirm" },
    REPLACE,
  ),
  plant(
    "a boot without the lock goes on",
    "gate/boot.ts",
    "return undecided(new State(ports, subject), startFault);\n    }\n    return releaseAfter",
    "}\n    return releaseAfter",
    ...EXHAUSTED,
  ),
  plant(
    "a build is tried more often than it may be",
    "gate/judge.ts",
    "return next <= maxAttempts ?",
    "return next <= maxAttempts + 3 ?",
    SWAP,
  ),
  plant(
    "a build on probation is not recognised",
    "gate/boot.ts",
    "sentinelIsLive: sentinel !== undefined && describesLive(state, sentinel, digest),",
    "sentinelIsLive: false,",
    SWAP,
  ),
  plant(
    "every build is taken for the confirmed one",
    "builds/live.ts",
    'if (live === lastGood.digest) return "lastGood";',
    'return "lastGood";',
    SWAP,
  ),
  plant(
    "the steady rule does not look at the program",
    "gate/steady.ts",
    "live.stamp === stamp && live.digest === lastGood.digest",
    "live.digest === lastGood.digest",
    { kind: "confirm" },
    REPLACE,
  ),
  plant(
    "any live build becomes last-good at the next update",
    "changes/arm.ts",
    "return !unconfirmed;",
    "return true;",
  ),
  plant(
    "a build that was declared bad is tried on",
    "changes/fail.ts",
    "failed: plainText(reason)",
    "schema: 1",
    SWAP,
    BOOT,
  ),
  plant(
    "a quarantined build is confirmed",
    "changes/confirm.ts",
    "      refuseBad(state, digest);\n",
    "",
    SWAP,
    {
      kind: "rollback",
    },
    { kind: "arm" },
    REPLACE,
  ),
  ofRelease(
    "a start does not see that the link leads elsewhere",
    "builds/release/release_fs.ts",
    ": root.stamp;",
    ': "the same";',
    { kind: "confirm" },
    REPLACE,
  ),
];
