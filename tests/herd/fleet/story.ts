/** The life of a fleet: four builds come, and the server, a judge and the network fail meanwhile. @module */
import assert from "node:assert/strict";
import { Fleet, type FleetOptions } from "./fleet.ts";
import type { Updated } from "./machine.ts";

/** What became of a build. */
export interface Told extends Record<Updated, number> {
  readonly build: string;
}

/** Lives it; `tell` is called after each build. */
export async function story(options: FleetOptions, tell: (told: Told) => void = () => {}): Promise<void> {
  const fleet = await Fleet.start(options);
  try {
    await refusedEverywhere(fleet, tell);
    await sickMachines(fleet, tell);
    await goodBuild(fleet, tell);
  } finally {
    await fleet.close();
  }
}

/** A build that crashes, and one that hangs: the first cohort meets it, and nobody else. */
async function refusedEverywhere(fleet: Fleet, tell: (told: Told) => void): Promise<void> {
  const cohort = Math.max(2, Math.min(20, Math.ceil(fleet.machines.length / 10)));
  for (const [version, build] of [["2.0.0", "crashes at once"], ["3.0.0", "hangs"]] as const) {
    const ended = await fleet.update(fleet.builds[version]);
    tell({ build, ...ended });
    assert.equal(ended.confirmed, 0);
    assert.ok(ended.failed >= 2 && ended.failed <= cohort, JSON.stringify(ended));
    isBack(fleet, version);
  }
}

/** A build that fails on some machines: it is refused once two of them said so, and those that can run it keep it. */
async function sickMachines(fleet: Fleet, tell: (told: Told) => void): Promise<void> {
  const ended = await fleet.update(fleet.builds["4.0.0"]);
  tell({ build: `fails on ${fleet.machines[0]?.options.sick.length} machines`, ...ended });
  assert.ok(ended.failed >= 2, JSON.stringify(ended));
  isBack(fleet, "4.0.0");
}

/** A good build, while the server, the judge and the network of one machine fail. */
async function goodBuild(fleet: Fleet, tell: (told: Told) => void): Promise<void> {
  const build = fleet.builds["5.0.0"];
  const last = fleet.machines.at(-1)!;
  // It is cut off as soon as it starts the build: it goes on, and its report waits.
  last.beforeStart = (text) => text.includes("better") && fleet.cable.cut();
  const updating = fleet.update(build);
  await fleet.until("5.0.0", 2);
  await fleet.killLeader();
  await fleet.herd.server.kill();
  await fleet.herd.server.start();
  const ended = await updating;
  tell({ build: "good", ...ended });
  assert.deepEqual(ended, { confirmed: fleet.machines.length, failed: 0, refused: 0 });
  const number = fleet.machines.length - 1;
  const digest = await fleet.digestOf(last);
  assert.notEqual((await fleet.reported(digest)).get(number), "confirmed");
  fleet.cable.mend();
  await last.run("herd", "sync");
  const outcomes = await fleet.reported(digest);
  assert.deepEqual([...new Set(outcomes.values())], ["confirmed"]);
  assert.equal(outcomes.size, fleet.machines.length);
}

/** Every machine on which a build failed runs what it ran before. */
function isBack(fleet: Fleet, version: keyof Fleet["builds"]): void {
  for (const machine of fleet.machines) {
    if (machine.met.get(version) === "failed") assert.match(machine.program(), /echo ready; exec sleep 1000$/m);
  }
}
