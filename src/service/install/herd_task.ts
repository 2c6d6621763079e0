/** The Windows task that asks the herd of a service again and again. @module */
import { SentinelError } from "../../core/errors.ts";
import type { Fs } from "../../core/fs_port.ts";
import { fileIn } from "../../core/state/paths.ts";
import { exists } from "../../core/state/state_files.ts";
import type { ProcessIo } from "../../system/process/process_io.ts";
import { quoteArgument } from "../../system/windows/quote.ts";
import { putFiles } from "./put_files.ts";

/** What makes tasks on a machine. */
export interface TaskMachine {
  readonly fs: Fs;
  readonly runTool: ProcessIo["runTool"];
  /** The folder of Windows, `C:\Windows`. */
  readonly windows: string;
  /** Where the task's description is put until it is read. */
  readonly folder: string;
}

/** Installs it; one that is there is replaced. */
export async function installTask(
  machine: TaskMachine,
  { name, self }: { readonly name: string; readonly self: string },
): Promise<string[]> {
  const path = fileIn(machine.folder, `${taskName(name)}.xml`);
  const undo = putFiles(machine.fs, [{ path, text: taskText(name, self), mode: 0o600 }]);
  try {
    const { code, stderr } = await machine.runTool("schtasks", "/Create", "/TN", taskName(name), "/XML", path, "/F");
    if (code === 0) return [`Made the task ${taskName(name)}`];
    throw new SentinelError("nothing", `Cannot make the task ${taskName(name)}: ${stderr.trim()}`);
  } finally {
    undo();
  }
}

/** Removes it; returns what was removed. */
export async function removeTask(machine: TaskMachine, name: string): Promise<string[]> {
  if (!isTaskThere(machine, name)) return [];
  const { code, stderr } = await machine.runTool("schtasks", "/Delete", "/TN", taskName(name), "/F");
  if (code === 0) return [`Removed the task ${taskName(name)}`];
  throw new SentinelError("nothing", `Cannot remove the task ${taskName(name)}: ${stderr.trim()}`);
}

/** Whether there is one. */
export function isTaskThere({ fs, windows }: TaskMachine, name: string): boolean {
  return exists(fs, ["System32", "Tasks", taskName(name)].reduce(fileIn, windows));
}

/** Its name. */
export function taskName(service: string): string {
  return `boot-sentinel-herd-${service}`;
}

/** The options of `schtasks` have no random delay. S-1-5-18 is the system's account. */
function taskText(name: string, self: string): string {
  return `<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Reports to the herd of ${escaped(name)} and fetches its answers</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition><Interval>PT2M</Interval></Repetition>
      <StartBoundary>2000-01-01T00:00:00</StartBoundary>
      <RandomDelay>PT1M</RandomDelay>
    </TimeTrigger>
  </Triggers>
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <ExecutionTimeLimit>PT1M</ExecutionTimeLimit>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>${escaped(self)}</Command>
      <Arguments>${escaped(["herd", "sync", "--name", name].map(quoteArgument).join(" "))}</Arguments>
    </Exec>
  </Actions>
</Task>
`;
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (char) => `&#${char.charCodeAt(0)};`);
}
