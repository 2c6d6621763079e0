/** Has systemd read its unit files again, after members among them were changed. @module */
import { change, LOCK_TIMEOUT_MS } from "../core/changes/change.ts";
import { RELOAD_NEEDED } from "../core/builds/members/intent.ts";
import { messageOf } from "../core/errors.ts";
import { State } from "../core/state/state.ts";
import { type Context, subjectFrom } from "./command.ts";

/**
 * One `systemctl daemon-reload`, if it is needed. Never throws: that it failed is told, and the status says so, too, until
 * it is done.
 */
export async function reloadUnits(context: Context): Promise<void> {
  const { settings, io, ports } = context;
  const subject = subjectFrom(context);
  if (subject.members === undefined || settings.dryRun) return;
  try {
    const { reload } = new State(ports, subject).record;
    if (reload !== true) return;
    const { code, stderr } = await io.systemctl("daemon-reload");
    if (code !== 0) throw new Error(stderr.trim() || `systemctl ended with ${code}`);
    ports.log("info", "systemd has read its unit files again");
    change(ports, subject, LOCK_TIMEOUT_MS, (state) => {
      const { reload: _, ...record } = state.record;
      state.writeRecord(record);
    });
  } catch (error) {
    ports.log(
      "warn",
      "Unit files among the members were changed, and it is not recorded that systemd has read them: " +
        `${messageOf(error)}; run: ${RELOAD_NEEDED}`,
    );
  }
}
