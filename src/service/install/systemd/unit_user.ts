/** Looks up the user of a unit and what that user may write, with the commands `id` and `runuser`. @module */
import type { ProcessIo } from "../../../system/process/process_io.ts";

/** Runs a command of the system. */
export type RunTool = ProcessIo["runTool"];

/** The ids of a user and its group; `undefined` when there is no such user. */
export async function accountOf(name: string, run: RunTool): Promise<{ uid: number; gid: number } | undefined> {
  const [uid, gid] = await Promise.all([run("id", "-u", name), run("id", "-g", name)]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}

/** True when the user may create files in a folder. A sentence when that is unknown: only root can run `runuser`. */
export async function mayWrite(name: string, dir: string, run: RunTool): Promise<boolean | string> {
  const script = '[ -w "$0" ] && [ -x "$0" ] && echo yes || echo no';
  const { stdout, stderr } = await run("runuser", "-u", name, "--", "sh", "-c", script, dir);
  if (/^(yes|no)$/.test(stdout.trim())) return stdout.trim() === "yes";
  return `it is unknown whether ${name} can write ${dir}: ${stderr.trim()}; run this as root`;
}
