/** Which process works with a directory of data, or runs a program. @module */
import { FsError } from "../../../core/fs_port.ts";
import { nameOf } from "../../../core/state/paths.ts";
import { errnoOf } from "../../fs/fs_faults.ts";
import { nodeFsModule } from "../../fs/node_calls.ts";
import { processFacts } from "../../linux/proc.ts";
import process from "../../process/process.ts";
import { inodeOf, surveyData } from "./data_survey.ts";

/** {@link DataTrees.userOf}: of the processes that this user may look at. Root may look at all. */
export function userOf(path: string, program: string): string | undefined {
  const { lstatSync, readdirSync } = nodeFsModule();
  const isThere = lstatSync(path, { throwIfNoEntry: false }) !== undefined;
  const { inodes, stamps } = isThere ? surveyData(path) : { inodes: new Set<string>(), stamps: new Map() };
  const known = new Set([...stamps.keys()].map(nameOf));
  const own = ownLine();
  const self = linkOf("/proc/self/exe");
  for (const pid of readdirSync("/proc")) {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) continue;
    const folder = `/proc/${pid}`;
    const isUser = seen(
      folder,
      program,
      () => runs(folder, program, self, own.has(pid)) || writes(folder, inodes, known),
    );
    if (isUser === true) return `process ${pid} (${commandOf(folder)})`;
  }
  return undefined;
}

/** This process and those that started it. */
function ownLine(): Set<string> {
  const line = new Set<string>();
  for (let pid = process.pid; pid > 1 && !line.has(String(pid)); pid = processFacts(pid)?.parent ?? 0) {
    line.add(String(pid));
  }
  return line;
}

/** What an action finds of a process; `undefined`: it has ended, or is of another user than this one, who is not root. */
function seen(folder: string, program: string, look: () => boolean): boolean | undefined {
  try {
    return look();
  } catch (error) {
    const code = errnoOf(error);
    if (code === "ENOENT" || code === "ESRCH") return undefined;
    if (code !== "EACCES" && code !== "EPERM") throw error;
    const me = process.geteuid?.();
    if (me !== 0 && ownerOf(folder) !== me) return undefined;
    // The first process of a container can have more rights than its root.
    if (folder === "/proc/1") return names(folder, program);
    throw new FsError("denied", "look at", folder, "so it is not known who works with the data");
  }
}

function ownerOf(folder: string): number | undefined {
  return nodeFsModule().statSync(folder, { throwIfNoEntry: false })?.uid;
}

/** It is the program, or one that was told to read it. A gate or a watcher is neither. */
function runs(folder: string, program: string, self: string | undefined, isOwn: boolean): boolean {
  const exe = linkOf(`${folder}/exe`);
  if (exe === program) return true;
  return exe !== self && !isOwn && names(folder, program);
}

/** Its command line, which everybody may read, names the program or a file in it. */
function names(folder: string, program: string): boolean {
  const args = nodeFsModule().readFileSync(`${folder}/cmdline`, "utf8").split("\0");
  return args.some((arg) => arg === program || arg.startsWith(`${program}/`));
}

/** The path behind a link; of a file that was replaced since, the one that it had. `undefined`: a thread of the kernel. */
function linkOf(path: string): string | undefined {
  try {
    return nodeFsModule().readlinkSync(path).replace(/ \(deleted\)$/, "");
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

/**
 * It has a file open to write it, or mapped. By inode: in a sandbox the file can have another path. The name of an open
 * file is read first: to look at one on a network that is down would be waited for.
 */
function writes(folder: string, inodes: ReadonlySet<string>, known: ReadonlySet<string>): boolean {
  const { readFileSync, readdirSync, statSync } = nodeFsModule();
  for (const fd of readdirSync(`${folder}/fd`)) {
    if (!known.has(nameOf(linkOf(`${folder}/fd/${fd}`) ?? ""))) continue;
    const stat = statSync(`${folder}/fd/${fd}`, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile() || !inodes.has(inodeOf(stat))) continue;
    const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`${folder}/fdinfo/${fd}`, "utf8"))?.[1] ?? "0";
    if ((parseInt(flags, 8) & 3) !== 0) return true;
  }
  const numbers = new Set([...inodes].map((inode) => inode.slice(inode.indexOf(":") + 1)));
  const maps = readFileSync(`${folder}/maps`, "utf8").split("\n");
  // FROM-TO rw-s OFFSET MAJOR:MINOR INODE PATH. The device is not compared: Btrfs shows another one here.
  return maps.some((line) => {
    const [, rights = "", , , inode = ""] = line.split(/\s+/, 5);
    return rights.includes("w") && rights.endsWith("s") && numbers.has(inode);
  });
}

function commandOf(folder: string): string {
  try {
    return nodeFsModule().readFileSync(`${folder}/comm`, "utf8").trim();
  } catch {
    return "it has ended since";
  }
}
