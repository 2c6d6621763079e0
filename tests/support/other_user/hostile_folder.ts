/** The folder of a hostile user with a guarded program, about which root runs commands. @module */
import assert from "node:assert/strict";
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { must as tool } from "../mounts.ts";
import { script, type Site, siteAt, text } from "../site.ts";
import { inTempDir } from "../temp.ts";
import { NOBODY } from "./as_user.ts";

/** Why such tests are left out; false: they are not. */
export const skip: string | false = process.platform === "linux" && process.geteuid?.() === 0
  ? false
  : "only root has rights to lend";

/** The folder of user 65534 with a confirmed program and its state, and files of root's beside it. */
export interface Hostile extends Site {
  /** A file of root's that nobody else can read. */
  readonly secret: string;
  /** A program of root's. */
  readonly job: string;
  /** Gives the folder and all in it to the user, links themselves included. */
  own(): void;
}

/** The content of the secret. */
export const SECRET = "root's own\n";
/** The content of the job. */
export const JOB = script("echo job");

/** Runs a test in such a folder. */
export function inHostileFolder<T>(use: (place: Hostile) => T): T {
  return inTempDir((root) => {
    chmodSync(root, 0o755);
    const one = siteAt(join(root, "app"));
    one.must("confirm", "--app-version", "1.0.0");
    const elsewhere = join(root, "elsewhere");
    mkdirSync(elsewhere);
    const [secret, job] = [join(elsewhere, "secret"), join(elsewhere, "job")];
    writeFileSync(secret, SECRET, { mode: 0o600 });
    writeFileSync(job, JOB, { mode: 0o755 });
    const own = () => void tool("chown", "-hR", `${NOBODY}:${NOBODY}`, one.dir);
    own();
    return use({ ...one, secret, job, own });
  });
}

/** Root's files are as they were. */
export function assertUntouched({ secret, job }: Hostile): void {
  for (const [path, content, mode] of [[secret, SECRET, 0o600], [job, JOB, 0o755]] as const) {
    assert.ok(existsSync(path), `${path} was removed`);
    assert.equal(text(path), content);
    const stat = statSync(path);
    assert.deepEqual([stat.uid, stat.gid, stat.mode & 0o7777], [0, 0, mode], path);
  }
}
