/** Reads the command of an existing unit from the output of `systemctl cat`, with its quoting. Pure. @module */
import type { WrappedCommand } from "./unit_text.ts";

/** The settings in a unit's files. */
export interface UnitFile {
  readonly type: string;
  /** The values of `ExecStart=`. An empty value removes those before it. */
  readonly execStart: readonly string[];
}

/** Reads the output of `systemctl cat UNIT`. `skip`: the path of a drop-in to leave out, our own. */
export function readUnitFile(text: string, skip?: string): UnitFile {
  let type = "simple";
  let execStart: string[] = [];
  let skipping = false;
  for (const line of joined(text)) {
    const file = /^# (\/.*)$/.exec(line)?.[1];
    if (file !== undefined) skipping = file === skip;
    const setting = /^\s*(Type|ExecStart)\s*=\s*(.*?)\s*$/.exec(line);
    if (skipping || setting === null) continue;
    const [, name, value = ""] = setting;
    if (name === "Type") type = value;
    else execStart = value === "" ? [] : [...execStart, value];
  }
  return { type, execStart };
}

/**
 * The unit's command, before which a drop-in can put the gate.
 *
 * @throws {Error} It cannot be wrapped; the message says why and what to do.
 */
export function wrappedCommand(unit: UnitFile): Omit<WrappedCommand, "variables"> & { readonly program: string } {
  if (unit.type === "forking") {
    throw new Error(
      "its Type is forking: the program goes into the background; let it stay in the foreground (Type=exec)",
    );
  }
  if (unit.type === "oneshot") throw new Error("its Type is oneshot: it is not a service that keeps running");
  const [only, ...others] = unit.execStart;
  if (only === undefined || others.length > 0) {
    throw new Error(`it has ${unit.execStart.length} ExecStart= lines, not 1`);
  }
  const [, prefix = "", line = ""] = /^([-@:+!]*)\s*(.*)$/.exec(only) ?? [];
  if (prefix.includes("@")) {
    throw new Error("its ExecStart= starts with @: the program's argv[0] is not its file's name");
  }
  const [, quoted, plain] = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line) ?? [];
  const program = (quoted ?? plain ?? "").replace(/\\(.)/g, "$1");
  if (!program.startsWith("/")) throw new Error(`the path of its program ${program} is not absolute`);
  if (program.includes("%")) throw new Error(`the path of its program ${program} contains a specifier: add --exe PATH`);
  return { prefix, line, program };
}

/** Joins lines that end with a backslash with the next one. Comments in between are removed. */
function joined(text: string): string[] {
  const lines: string[] = [];
  let open = "";
  for (const line of text.split("\n")) {
    if (open !== "" && /^\s*[#;]/.test(line)) continue;
    if (line.endsWith("\\")) open += line.slice(0, -1) + " ";
    else {
      lines.push(open + line);
      open = "";
    }
  }
  return lines;
}
