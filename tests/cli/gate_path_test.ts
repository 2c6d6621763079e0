/** What a boot loads before the service starts. @module */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { atSite, GOOD } from "../support/command_line.ts";
import { compiledSentinel } from "../support/compiled.ts";

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

/** Each costs every start of a service: whoever adds one has a reason. */
const PINNED = {
  steady: words(`
    cli/config_name.ts cli/entry.ts cli/plain_line.ts cli/steady_start.ts cli/unit_directory.ts core/loose_mode.ts
    core/plain_path.ts core/state_names.ts core/steady.ts system/bare_io.ts system/bare_libc.ts system/become.ts
    system/builtin.ts system/bytes.ts system/errno.ts system/ffi.ts system/ffi_bun.ts system/ffi_deno.ts
    system/libc.ts system/linux.ts system/permission.ts system/proc_file.ts system/process.ts system/raw_process.ts
    system/runtime.ts system/stamp.ts system/statx.ts
  `),
  judged: words(`
    @std/path/basename.js @std/path/dirname.js @std/path/is_absolute.js @std/path/join.js cli/exit_codes.ts
    cli/exit_with.ts cli/plain_run.ts cli/start.ts core/arm.ts core/boot.ts core/change.ts core/errors.ts
    core/fs_port.ts core/generations.ts core/history.ts core/image.ts core/judge_boot.ts core/last_good.ts
    core/live_build.ts core/paths.ts core/ports.ts core/quarantine.ts core/restored.ts core/roll_back.ts
    core/schemas.ts core/sentinel_options.ts core/shapes.ts core/shell_word.ts core/state.ts core/state_files.ts
    core/ticket.ts core/versions.ts run/run.ts system/clock.ts system/copy_file.ts system/file_times.ts
    system/files.ts system/flock_tool.ts system/fs_calls.ts system/fs_calls_libc.ts system/fs_calls_node.ts
    system/fs_faults.ts system/gate_io.ts system/host.ts system/log.ts system/may_execute.ts system/node_fs.ts
    system/posix_lock.ts system/real_ports.ts system/resolve_path.ts system/self_words.ts system/sha256.ts
    system/stdio.ts system/windows/lock.ts system/windows/move.ts system/windows/patience.ts
    system/windows/win32.ts system/xattrs.ts
  `),
  watched: words(`
    system/apart.ts system/process_facts.ts system/setsid.ts system/start_io.ts
  `),
  whole: words(`
    @std/cli/parse_args.js @std/path/resolve.js cli/command.ts cli/commands.ts cli/commands/run.ts
    cli/find_config.ts cli/find_program.ts cli/main.ts cli/option_table.ts cli/options.ts cli/parse.ts
    cli/run_options.ts cli/settings.ts cli/value_checks.ts cli/values.ts cli/whole.ts run/duration.ts
    run/exit_code_list.ts run/probes/exec.ts run/probes/file.ts run/probes/http.ts run/probes/notify.ts
    run/probes/parse_probe.ts run/probes/tcp.ts run/probes/uptime.ts system/real_io.ts
  `),
};

function words(text: string): string[] {
  return text.trim().split(/\s+/);
}

const steady = loadedWith("cli/entry.ts");
const plain = loadedWith("cli/plain_run.ts", new Set(steady));

function beyond(known: ReadonlySet<string>, ...paths: string[]): string[] {
  const seen = new Set<string>();
  for (const path of paths) loadedWith(path, seen);
  return [...seen].filter((name) => !known.has(name)).sort();
}

test("a steady boot of a plain command line loads these modules and no others", () => {
  assert.deepEqual([...steady].sort(), PINNED.steady);
});

test("a boot that has to be judged loads these besides", () => {
  assert.deepEqual(beyond(steady, "cli/plain_run.ts"), PINNED.judged);
});

test("a boot on probation that is watched loads little more", () => {
  assert.deepEqual(beyond(plain, "system/start_io.ts"), PINNED.watched);
});

test("other command lines, and a configuration, take these besides", () => {
  assert.deepEqual(beyond(plain, "cli/whole.ts", "cli/commands/run.ts"), PINNED.whole);
});

/** Methods that are JavaScript within the engine: the first call of each compiles it, which takes up to 0.1 ms. */
const SLOW_TO_BEGIN = words("every filter find findIndex findLast flatMap forEach fromEntries map reduce some");

/** The functions that ran, by the engine's own account. */
function ranFunctions(args: readonly string[]): string[] {
  const env = { ...process.env, BUN_JSC_dumpGeneratedBytecodes: "1" };
  const { status, stdout, stderr } = spawnSync(compiledSentinel(), args, { encoding: "utf8", env, maxBuffer: 1 << 26 });
  assert.equal(status, 0);
  return [...`${stdout}${stderr}`.matchAll(/^([\w$]+)#\w{6}:\[/gm)].map(([, name = ""]) => name);
}

const onLinux = { skip: process.platform === "linux" ? false : "The shortest way is for Linux alone" };

test("neither a steady boot nor one on probation calls what the engine has to compile first", onLinux, () => {
  return atSite((site) => {
    // Stamps are as fine as the runtime that wrote them can tell: the executable itself writes them here.
    ranFunctions(["confirm", "--exe", site.exe]);
    const args = ["run", "--confirm", "manual", "--", site.exe];
    const steady = ranFunctions(args);
    ranFunctions(["swap", site.file("v2", `${GOOD}#2`), "--to", "2", "--exe", site.exe]);
    const counted = ranFunctions(args);
    assert.ok(steady.length > 20 && counted.length > 2 * steady.length, `${steady.length} and ${counted.length} ran`);
    for (const name of SLOW_TO_BEGIN) assert.ok(!steady.includes(name) && !counted.includes(name), name);
    return Promise.resolve();
  });
});
