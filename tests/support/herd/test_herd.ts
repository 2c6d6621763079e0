/** A real server with the accounts of a herd, and credentials for it. @module */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { nkeys } from "@nats-io/transport-node";
import type { HerdStore } from "../../../src/herd/herd_store.ts";
import { makeBuckets } from "../../../src/herd/setup/make_buckets.ts";
import { accountsConfig, type HerdUser } from "../../../src/herd/setup/server_config.ts";
import { openNatsStore } from "../../../src/herd/stores/nats_store.ts";
import type { StoreAddress } from "../../../src/herd/stores/open_store.ts";
import { type NatsServer, startNatsServer } from "./nats_server.ts";

/** The app of all tests. */
export const APP = "web";

/** Somebody with credentials. */
export interface Member extends HerdUser {
  /** The file with the seed. */
  readonly creds: string;
}

/** A herd. */
export interface TestHerd {
  readonly server: NatsServer;
  /** The server's accounts. */
  readonly config: string;
  readonly machines: readonly Member[];
  readonly judge: Member;
  readonly operator: Member;
  addressOf(member: Member | undefined): StoreAddress;
  open(member: Member | undefined): Promise<HerdStore>;
  close(): Promise<void>;
}

/** Starts the server, and makes the buckets with the rights of the judge. */
export async function startHerd(machines = 2): Promise<TestHerd> {
  const users = ["judge", "operator", ...Array.from({ length: machines }, (_, at) => `machine-${at + 1}`)];
  const seeds = users.map((name) => ({ name, pair: nkeys.createUser() }));
  const members = seeds.map(({ name, pair }) => ({ name, key: pair.getPublicKey(), kind: kindOf(name) }));
  const config = accountsConfig(APP, members);
  const server = await startNatsServer(config);
  const folder = join(server.dir, "creds");
  mkdirSync(folder);
  const all: Member[] = members.map((member) => ({ ...member, creds: join(folder, `${member.name}.nk`) }));
  for (const { name, pair } of seeds) writeFileSync(join(folder, `${name}.nk`), pair.getSeed(), { mode: 0o600 });
  const [judge, operator, ...rest] = all;
  if (judge === undefined || operator === undefined) throw new Error("no judge");
  const addressOf = (member: Member | undefined): StoreAddress => ({
    url: server.url,
    app: APP,
    creds: member?.creds,
    timeoutMs: 3_000,
  });
  await makeBuckets(addressOf(judge));
  return {
    server,
    config,
    judge,
    operator,
    machines: rest,
    addressOf,
    open: (member) => openNatsStore(addressOf(member)),
    close: () => server.close(),
  };
}

/** Opens a store with the rights of somebody, and closes it. */
export async function withStore(
  herd: TestHerd,
  member: Member,
  use: (store: HerdStore) => Promise<unknown>,
): Promise<void> {
  const store = await herd.open(member);
  try {
    await use(store);
  } finally {
    await store.close();
  }
}

function kindOf(name: string): HerdUser["kind"] {
  return name === "judge" || name === "operator" ? name : "machine";
}
