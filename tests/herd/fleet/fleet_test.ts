/** The life of a small fleet; `npm run fleet` lives that of 50 machines. @module */
import { test } from "node:test";
import { noNatsServer } from "../../support/herd/nats_server.ts";
import { isBun } from "../../support/runtime.ts";
import { story } from "./story.ts";

// It waits for the lease of a judge that was killed: once is enough.
const skip = noNatsServer === false && !isBun && "is lived under Bun, whose executable the machines run";

test("a fleet withholds bad builds and takes a good one, while server, judge and network fail", {
  skip: noNatsServer === false ? skip : noNatsServer,
}, () => story({ machines: 12 }));
