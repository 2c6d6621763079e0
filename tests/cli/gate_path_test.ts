/** What a boot loads before the service starts. @module */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = new URL("../../src/", import.meta.url);

/** Every module of ours that is loaded with this one, and the packages that they name; types and `import()` are not. */
function loadedWith(path: string, seen = new Set<string>()): Set<string> {
  const url = new URL(path, SOURCE);
  const name = url.href.slice(SOURCE.href.length);
  if (seen.has(name)) return seen;
  seen.add(name);
  const text = readFileSync(fileURLToPath(url), "utf8");
  for (const [, words = "", from = ""] of text.matchAll(/^(?:im|ex)port\s+([^;]*?)from "([^"]+)";/gm)) {
    if (words.startsWith("type ")) continue;
    if (from.startsWith(".")) loadedWith(new URL(from, url).href, seen);
    else seen.add(from);
  }
  return seen;
}

const run = loadedWith("cli/entry.ts", loadedWith("cli/commands/run.ts"));

/** Each costs every start of every service: whoever adds one has a reason. */
const PINNED = `
@std/cli/parse_args.js @std/path/basename.js @std/path/dirname.js @std/path/is_absolute.js @std/path/join.js
@std/path/resolve.js cli/command.ts cli/commands.ts cli/commands/run.ts cli/entry.ts cli/exit_codes.ts
cli/find_config.ts cli/find_program.ts cli/main.ts cli/option_table.ts cli/options.ts cli/parse.ts cli/run_options.ts
cli/settings.ts cli/value_checks.ts cli/values.ts core/arm.ts core/boot.ts core/boot_sentinel.ts core/change.ts core/confirm.ts core/errors.ts
core/fail.ts core/failed_install.ts core/fs_port.ts core/generations.ts core/health.ts core/history.ts core/image.ts
core/judge_boot.ts core/last_good.ts core/live_build.ts core/paths.ts core/ports.ts core/quarantine.ts
core/restored.ts core/roll_back.ts core/schemas.ts core/sentinel_options.ts core/shapes.ts core/shell_word.ts core/state.ts
core/state_files.ts core/status.ts core/swap.ts core/ticket.ts core/versions.ts core/watcher.ts node:fs node:path
node:process run/duration.ts run/exit_code_list.ts run/probes/exec.ts run/probes/file.ts run/probes/http.ts run/probes/notify.ts
run/probes/parse_probe.ts run/probes/tcp.ts run/probes/uptime.ts run/run.ts system/become.ts system/builtin.ts
system/bytes.ts system/clock.ts system/copy_file.ts system/ffi.ts system/ffi_bun.ts system/ffi_deno.ts
system/file_times.ts system/files.ts system/flock_tool.ts system/fs_faults.ts system/host.ts system/libc.ts
system/log.ts system/may_execute.ts system/node_fs.ts system/permission.ts system/posix_lock.ts system/raw_process.ts
system/real_io.ts system/real_ports.ts system/resolve_path.ts system/runtime.ts system/self_words.ts system/sha256.ts
system/stdio.ts system/windows/lock.ts system/windows/move.ts system/windows/patience.ts system/windows/win32.ts
system/xattrs.ts
`;

test("a boot of a steady service loads these modules and no others", () => {
  assert.deepEqual([...run].sort(), PINNED.trim().split(/\s+/));
});

test("a boot of a build on probation loads little more", () => {
  const more = [...loadedWith("system/start_io.ts")].filter((name) => !run.has(name));
  assert.deepEqual(more.sort(), [
    "system/apart.ts",
    "system/process_facts.ts",
    "system/setsid.ts",
    "system/start_io.ts",
  ]);
});
