/** A machine of the fleet: a state directory, a program that runs, and an updater that deploys. @module */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock } from "../../../src/system/process/clock.ts";
import { type Answer, call } from "../../support/command_line.ts";
import type { Build } from "./builds.ts";

/** What a machine depends on. */
export interface MachineOptions {
  readonly dir: string;
  readonly number: number;
  /** The variables that name the herd. */
  readonly herd: Readonly<Record<string, string>>;
  readonly first: Build;
  /** The numbers of the machines on which a build fails. */
  readonly sick: readonly number[];
  /** Milliseconds by which its clock is off. */
  readonly clockOff: number;
  /** Runs a command of boot-sentinel; by default in this process. */
  readonly command?: (env: Readonly<Record<string, string>>, args: readonly string[]) => Promise<Answer>;
}

/** How an update ended. */
export type Updated = "confirmed" | "failed" | "refused";

/** A build that is not ready within this time hangs, milliseconds. */
const READY_MS = 400;
/** The pause before an update that is withheld is tried again. */
const AGAIN_MS = 500;

/** A machine. */
export class Machine {
  readonly exe: string;
  /** How each update ended, by version. */
  readonly met = new Map<string, Updated>();
  /** Called when a program of that version is about to be started. */
  beforeStart: (text: string) => void = () => {};
  #child: ChildProcess | undefined;
  #isOver = false;
  #loop: Promise<void> | undefined;

  constructor(readonly options: MachineOptions) {
    const { dir, first } = options;
    mkdirSync(dir, { recursive: true });
    this.exe = join(dir, "server");
    copyFileSync(first.file, this.exe);
  }

  /** Runs a command about the machine's service. */
  run(...args: string[]): Promise<Answer> {
    const { dir, herd, clockOff, command } = this.options;
    const env = { ...herd, BOOT_SENTINEL_EXE: this.exe, BOOT_SENTINEL_DATA_DIR: join(dir, "state") };
    if (command !== undefined) return command(env, args);
    const now = () => Date.now() + clockOff;
    return call(dir, { env, startedAt: now(), ports: { clock: { ...systemClock(), now } } }, args);
  }

  /** Starts the service, as its supervisor; resolves when it is confirmed. */
  async start(): Promise<void> {
    await new Promise<void>((ready) => this.#loop = this.#boots(ready));
  }

  /** The text of the program that runs. */
  program(): string {
    return readFileSync(this.exe, "utf8");
  }

  /** Deploys a build until the herd and the machine have decided on it. */
  async update({ version, file }: Build): Promise<Updated> {
    for (;;) {
      const pid = join(this.options.dir, "pid");
      const restart = `kill -9 $(cat ${pid}) 2>/dev/null || true`;
      const { code, stdout, log } = await this.run("deploy", file, "--to", version, "--restart-command", restart);
      const said = stdout + log.join("\n");
      const ended = code === 0
        ? "confirmed"
        : / failed; /.test(said)
        ? "failed"
        : / is refused by the herd/.test(said)
        ? "refused"
        : "";
      if (ended !== "") {
        this.met.set(version, ended);
        return ended;
      }
      if (!/not admitted (on this machine )?yet/.test(said)) throw new Error(`machine ${this.options.number}: ${said}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    this.#child?.kill("SIGKILL");
    await this.#loop;
  }

  async #boots(ready: () => void): Promise<void> {
    const { dir, number, sick } = this.options;
    while (!this.#isOver) {
      await this.run("check");
      this.beforeStart(this.program());
      const child = spawn(this.exe, {
        env: { PATH: "/usr/bin:/bin", MACHINE: String(number), SICK: sick.join(" ") },
        stdio: ["ignore", "pipe", "ignore"],
      });
      this.#child = child;
      const ended = once(child, "exit");
      writeFileSync(join(dir, "pid"), String(child.pid));
      const late = new Promise<"late">((resolve) => setTimeout(resolve, READY_MS, "late"));
      const state = await Promise.race([
        once(child.stdout, "data").then(() => "ready"),
        ended.then(() => "ended"),
        late,
      ]);
      if (state === "ready") {
        await this.run("confirm");
        ready();
      } else if (state === "late") child.kill("SIGKILL");
      await ended;
    }
  }
}
