/** A fleet: a real server, two real judges, and machines with real state directories and programs. @module */
import { join } from "node:path";
import type { HerdStore } from "../../../src/herd/herd_store.ts";
import { APP, startHerd, type TestHerd } from "../../support/herd/test_herd.ts";
import { makeTempDir, removeTree } from "../../support/temp_dir.ts";
import { type Build, writeBuilds } from "./builds.ts";
import { type Cable, layCable } from "./cable.ts";
import { type JudgeProcess, startJudge } from "./judges.ts";
import { Machine, type MachineOptions, type Updated } from "./machine.ts";

/** How large a fleet is, and what runs the commands of its machines. */
export interface FleetOptions {
  readonly machines: number;
  readonly command?: MachineOptions["command"];
}

/** Milliseconds after which the judge waits for no machine any more. */
const WINDOW_MS = 5_000;
const DAY_MS = 24 * 3_600_000;

/** A fleet. */
export class Fleet {
  private constructor(
    readonly herd: TestHerd,
    readonly dir: string,
    readonly builds: ReturnType<typeof writeBuilds>,
    readonly machines: readonly Machine[],
    /** The network of the last machine. */
    readonly cable: Cable,
    readonly store: HerdStore,
    readonly judges: JudgeProcess[],
  ) {}

  /** Starts it all; every machine runs the first build, confirmed. */
  static async start({ machines: count, command }: FleetOptions): Promise<Fleet> {
    const dir = makeTempDir("boot-sentinel-fleet");
    const builds = writeBuilds(join(dir, "builds"));
    const herd = await startHerd(count);
    const cable = await layCable(Number(new URL(herd.server.url).port));
    const sick = Array.from({ length: Math.max(2, Math.round(count / 20)) }, (_, at) => at * 7 + 3);
    const machines = herd.machines.map(({ creds }, number) =>
      new Machine({
        dir: join(dir, String(number)),
        number,
        first: builds["1.0.0"],
        sick,
        // Two clocks are a day off.
        clockOff: [DAY_MS, -DAY_MS][number] ?? 0,
        herd: {
          BOOT_SENTINEL_HERD: number === count - 1 ? `nats://127.0.0.1:${cable.port}` : herd.server.url,
          BOOT_SENTINEL_HERD_APP: APP,
          BOOT_SENTINEL_HERD_CREDS: creds,
          BOOT_SENTINEL_HERD_POLICY: "closed",
        },
        ...command === undefined ? {} : { command },
      })
    );
    const store = await herd.open(herd.judge);
    const fleet = new Fleet(herd, dir, builds, machines, cable, store, []);
    fleet.addJudge();
    fleet.addJudge();
    await Promise.all(machines.map((machine) => machine.start()));
    // The judge knows a machine once it has reported.
    await Promise.all(machines.map((machine) => machine.run("herd", "sync")));
    return fleet;
  }

  addJudge(): void {
    const { server, judge } = this.herd;
    this.judges.push(startJudge([
      ...["--herd", server.url, "--herd-app", APP, "--herd-creds", judge.creds],
      ...["--herd-machines", String(this.machines.length), "--herd-window", `${WINDOW_MS}ms`],
    ]));
  }

  /** Kills the judge that decides; resolves when the other one does. */
  async killLeader(): Promise<void> {
    const [leader, other] = await Promise.race(
      this.judges.map(async (judge) => {
        await judge.leads;
        return [judge, this.judges.find((one) => one !== judge)] as const;
      }),
    );
    await leader.kill();
    this.judges.splice(this.judges.indexOf(leader), 1);
    await other?.leads;
  }

  /** Every machine deploys a build; resolves to how many ended in which way. */
  async update(build: Build): Promise<Record<Updated, number>> {
    const ended = await Promise.all(this.machines.map((machine) => machine.update(build)));
    const count = (kind: Updated) => ended.filter((one) => one === kind).length;
    return { confirmed: count("confirmed"), failed: count("failed"), refused: count("refused") };
  }

  /** Waits until so many machines have confirmed a version. */
  async until(version: string, machines: number): Promise<void> {
    const count = () => this.machines.filter(({ met }) => met.get(version) === "confirmed").length;
    while (count() < machines) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** The digest of the build that a machine runs. */
  async digestOf(machine: Machine): Promise<string> {
    return JSON.parse((await machine.run("status", "--json")).stdout).live.digest;
  }

  /** The outcomes that are reported of a build, by the number of the machine. */
  async reported(digest: string): Promise<Map<number, string>> {
    const found = new Map<number, string>();
    for await (const { key, value = "{}" } of this.store.entries(`report.${digest}.*`)) {
      const number = this.herd.machines.findIndex((member) => key.endsWith(member.key));
      found.set(number, JSON.parse(value).outcome);
    }
    return found;
  }

  async close(): Promise<void> {
    await Promise.all(this.judges.map((judge) => judge.kill()));
    await Promise.all(this.machines.map((machine) => machine.stop()));
    await this.store.close();
    await this.cable.close();
    await this.herd.close();
    removeTree(this.dir);
  }
}
