/** Can the program and last-good be replaced at all, whatever the rights? @module */
import { dirname } from "@std/path/dirname.js";
import { shellWord } from "../../core/shell_word.ts";
import type { RootFault } from "../../system/process/root_faults.ts";
import { bad, type ExaminedPlace, type Finding, good, unknown } from "./check.ts";

/** Attributes, mounts and sticky folders do not keep the gate from replacing the program and last-good. */
export function replaceCheck(examined: ExaminedPlace): Finding | Finding[] {
  const { program, lastGood, machine: { facts } } = examined;
  const folders = [...new Set([dirname(program), dirname(lastGood)])];
  const findings: Finding[] = [];
  for (const path of [...folders, program, lastGood]) {
    const isFolder = folders.includes(path);
    const isThere = facts.fileFacts(path) !== undefined;
    const fault = isThere ? facts.rootFault(path) : undefined;
    // A folder may well be a mount point, and what is read-only is told once, of the folder.
    if (fault === undefined || (fault === "mounted" && isFolder)) continue;
    if (fault === "readOnly" && !isFolder && findings.some(({ code }) => code === "program-read-only")) continue;
    findings.push(findingOf(fault, path, isFolder));
  }
  findings.push(...stickyFindings(examined, folders));
  return findings.length > 0 ? findings : good("replacing", `nothing forbids to replace ${program}`);
}

function findingOf(fault: RootFault, path: string, isFolder: boolean): Finding {
  const word = shellWord(path);
  switch (fault) {
    case "immutable":
    case "appendOnly": {
      const flag = fault === "immutable" ? "i" : "a";
      const text =
        `${path} has the attribute ${flag} (${fault === "immutable" ? "immutable" : "append only"}): not even ` +
        `root can ${isFolder ? "replace a file in it" : "replace it"}, so there is no rollback`;
      return bad("replacing", "immutable", text, `chattr -${flag} ${word}`);
    }
    case "mounted": {
      const text = `${path} is a mount point: a rename onto it is refused (EBUSY), so there is no rollback`;
      const dir = shellWord(dirname(path));
      return bad(
        "replacing",
        "program-mounted",
        text,
        `mount its folder in place of the file: docker run -v ${dir}:${dir} …`,
      );
    }
    case "readOnly": {
      const text = `${path} is mounted read-only: nothing can be put back there`;
      return bad("replacing", "program-read-only", text, `mount -o remount,rw "$(findmnt -no TARGET -T ${word})"`);
    }
    case "unknown": {
      const text = `whether ${path} is a mount point or read-only cannot be seen: there is no /proc`;
      return unknown("replacing", "replacing-unseen", text, "mount -t proc proc /proc");
    }
  }
}

/** In a sticky folder only the owner of the folder or of the file, and root, can rename over a file. */
function stickyFindings(
  { program, lastGood, runner, machine: { facts } }: ExaminedPlace,
  folders: string[],
): Finding[] {
  const uid = Number(/^user (\d+)$/.exec(runner.writer)?.[1] ?? NaN);
  if (!(uid > 0)) return [];
  return folders.flatMap((folder) => {
    const owner = facts.fileFacts(folder);
    if (owner?.isSticky !== true || owner.uid === uid) return [];
    return [program, lastGood].filter((path) => dirname(path) === folder).flatMap((path) => {
      const file = facts.fileFacts(path);
      if (file === undefined || file.uid === uid) return [];
      const text =
        `${folder} is sticky, and ${path} belongs to user ${file.uid}: user ${runner.name} cannot replace it`;
      const advice = `move the program to a folder that is not shared, such as /opt/NAME, with root as its owner`;
      return [bad("replacing", "sticky-folder", text, advice)];
    });
  });
}
