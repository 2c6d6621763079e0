/** What a user whom a unit names is, and may write: asked of the machine's own tools. @module */
import type { ProcessIo } from "../../../system/process/process_io.ts";

/** Runs a tool. */
export type RunTool = ProcessIo["runTool"];

/** The ids of a user and its group; `undefined` when there is none. */
export async function accountOf(name: string, run: RunTool): Promise<{ uid: number; gid: number } | undefined> {
  const [uid, gid] = await Promise.all([run("id", "-u", name), run("id", "-g", name)]);
  return uid.code === 0 && gid.code === 0 ? { uid: Number(uid.stdout), gid: Number(gid.stdout) } : undefined;
}

/** True when the user may make files in a folder; a sentence when that cannot be told: only root can be another user. */
export async function mayWrite(name: string, dir: string, run: RunTool): Promise<boolean | string> {
  const script = '[ -w "$0" ] && [ -x "$0" ] && echo yes || echo no';
  const { stdout, stderr } = await run("runuser", "-u", name, "--", "sh", "-c", script, dir);
  if (/^(yes|no)$/.test(stdout.trim())) return stdout.trim() === "yes";
  return `it cannot be told whether ${name} can write ${dir}: ${stderr.trim()}`;
}
