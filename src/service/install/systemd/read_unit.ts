/** Reading the command of an existing unit from `systemctl cat`, in its own quoting. Pure. @module */
import type { WrappedCommand } from "./unit_text.ts";

/** A unit as its files have it. */
export interface UnitFile {
  readonly type: string;
  /** The lines of `ExecStart=`, those before an empty one dropped. */
  readonly execStart: readonly string[];
}

/** Reads the output of `systemctl cat UNIT`. `skip`: the path of a drop-in that is not to be read (our own). */
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
 * The command that a drop-in can put the gate before.
 *
 * @throws {Error} It cannot be wrapped; the message says why and what to do.
 */
export function wrappedCommand(unit: UnitFile): Omit<WrappedCommand, "variables"> & { readonly program: string } {
  if (unit.type === "forking") {
    throw new Error("its Type is forking: the program leaves its process; have it stay in the foreground (Type=exec)");
  }
  if (unit.type === "oneshot") throw new Error("its Type is oneshot: it is no service that stays up");
  const [only, ...others] = unit.execStart;
  if (only === undefined || others.length > 0) {
    throw new Error(`it has ${unit.execStart.length} ExecStart= lines, not 1`);
  }
  const [, prefix = "", line = ""] = /^([-@:+!]*)\s*(.*)$/.exec(only) ?? [];
  if (prefix.includes("@")) throw new Error("its ExecStart= starts with @: the program's own name is not its file's");
  const [, quoted, plain] = /^(?:"((?:[^"\\]|\\.)*)"|(\S+))/.exec(line) ?? [];
  const program = (quoted ?? plain ?? "").replace(/\\(.)/g, "$1");
  if (!program.startsWith("/")) throw new Error(`its program ${program} has no absolute path`);
  if (program.includes("%")) throw new Error(`its program ${program} holds a specifier: name it by --exe PATH`);
  return { prefix, line, program };
}

/** Lines that end with a backslash go on in the next one; comments in between are dropped. */
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
