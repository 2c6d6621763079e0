/** What the doctor says about a service's part in its herd. @module */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { HerdFileFault } from "../../../src/herd/machine/herd_file.ts";
import { herdFindings, type SeenHerd } from "../../../src/herd/machine/herd_findings.ts";

const NOW = 1_800_000_000_000;
const MINUTE = 60_000;

function found(changed: Partial<SeenHerd>): string[] {
  const seen: SeenHerd = {
    url: "nats://herd",
    timer: { isOn: true, show: "systemctl status herd.timer" },
    answer: { fetchedAt: NOW - MINUTE },
    now: NOW,
    selector: "--name web",
    ...changed,
  };
  return herdFindings(seen).map(({ verdict, text, advice }) => [verdict, text, advice].join("|"));
}

test("a herd that is asked and answers is well", () => {
  assert.deepEqual(found({}), [
    "good|the herd at nats://herd is asked by a timer|",
    "good|the herd answered 1 minute ago|",
  ]);
});

test("without its timer nothing arrives: that is to be fixed", () => {
  const [timer] = found({ timer: { isOn: false, show: "" } });
  assert.match(timer ?? "", /^bad\|no timer asks the herd .*\|boot-sentinel herd join nats:\/\/herd --name web$/);
});

test("where the timer cannot be seen, the command that shows it is named", () => {
  const [timer] = found({ timer: { isOn: undefined, show: "systemctl status herd.timer" } });
  assert.match(timer ?? "", /^unknown\|.*\|systemctl status herd\.timer$/);
});

test("a new answer is not well either when the last sync failed", () => {
  const refused = found({ answer: { fetchedAt: NOW - MINUTE, offline: "the herd refuses this machine" } })[1];
  assert.match(refused ?? "", /^note\|the herd last answered 1 minute ago: the herd refuses this machine; /);
});

test("an old answer, one of the future and none at all are told, and nothing is called wrong", () => {
  const old = found({ answer: { fetchedAt: NOW - 60 * MINUTE, offline: "connection refused" } })[1];
  assert.match(old ?? "", /^note\|the herd last answered 1 hour ago: connection refused; its old answer stands; /);
  const years = found({ answer: { fetchedAt: NOW - 195_825_629_000 } })[1];
  assert.match(years ?? "", /^note\|the herd last answered 2266 days ago; /);
  assert.match(found({ answer: { fetchedAt: NOW + MINUTE } })[1] ?? "", /^note\|.* still to come/);
  assert.match(found({ answer: { fetchedAt: 0 } })[1] ?? "", /^note\|the herd at nats:\/\/herd never answered; /);
});

test("a file that cannot be used is named, with what to do", () => {
  const withFault = (more: Partial<HerdFileFault>) =>
    found({ answer: { fetchedAt: 0, fault: { path: "/state/.boot-herd.json", why: "it is odd", ...more } } })[1];
  const text = "the herd's last answer, /state/.boot-herd.json, cannot be used: it is odd";
  assert.equal(
    withFault({ advice: "rm it" }),
    `bad|${text}; it is left as it is, and what the herd refuses is not known|rm it`,
  );
  assert.equal(withFault({ advice: "become root", isDenied: true }), `unknown|${text}|become root`);
  assert.ok(withFault({})?.startsWith(`note|${text}; the next sync writes it anew; `));
});
