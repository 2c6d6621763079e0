/** What the verbs share by which people decide: which builds are meant, the key, and writing. @module */
import { SentinelError } from "../../core/errors.ts";
import { EXIT } from "../../core/exit_codes.ts";
import type { HerdStore } from "../../herd/herd_store.ts";
import { admitKey, verdictKey } from "../../herd/keys.ts";
import { type Admission, parseAdmission } from "../../herd/messages/admission.ts";
import { parseReport } from "../../herd/messages/report.ts";
import { type Message, signed, timeAfter } from "../../herd/messages/signed.ts";
import { JUDGE, parseVerdict, type Verdict } from "../../herd/messages/verdict.ts";
import { sameVersion } from "../../core/builds/versions.ts";
import { type KeyPair, keyPairOf } from "../../system/crypto/ed25519.ts";
import { type Context, pathArgument } from "../command.ts";
import { UsageError } from "../cli_errors.ts";
import { openStore, storeAddress } from "../herd_of.ts";

/** A build that people decide on. */
export interface DecidedBuild {
  readonly digest: string;
  readonly version?: string | undefined;
}

/** The key that people sign with. */
export function signingKey(context: Context): KeyPair {
  const { herdKey } = context.settings;
  if (herdKey === undefined) {
    throw new UsageError("No key is named to sign with: add --herd-key FILE; herd keygen FILE makes one");
  }
  const path = pathArgument(context, herdKey);
  const pair = keyPairOf(new TextDecoder().decode(context.ports.fs.read(path, 4096)).trim());
  if (pair === undefined) throw new UsageError(`Cannot use ${path}: it is no key of herd keygen`, EXIT.badConfig);
  return pair;
}

/** What was decided on. `isRefused`: the build is refused now. `isAdmitted`: it has a share. */
export interface Decided {
  readonly build: DecidedBuild;
  readonly isRefused: boolean;
  readonly isAdmitted: boolean;
}

/** How often an entry is read again that somebody else wrote meanwhile. */
const MOST_TRIES = 5;

/** Decides on the build that the command names: signs a message and writes it. */
export async function decide(
  context: Context,
  message: (common: Pick<Verdict, "schema" | "by" | "at" | "version">) => Verdict | Admission,
): Promise<Decided> {
  const key = signingKey(context);
  const { app } = storeAddress(context);
  const store = await openStore(context);
  try {
    const build = await namedBuild(context, store);
    const { digest } = build;
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const verdictEntry = await store.get(verdictKey(digest));
      const verdict = parseVerdict(verdictEntry?.value);
      const at = timeAfter(verdict, context.ports.clock.now());
      const named = build.version === undefined ? {} : { version: build.version };
      const made = message({ schema: 1, by: key.publicKey, at, ...named });
      const isVerdict = "kind" in made;
      const entry = isVerdict ? verdictEntry : await store.get(admitKey(digest));
      const held = isVerdict ? verdict : parseAdmission(entry?.value);
      if (held !== undefined) refuseOtherKey(context, build, held, key.publicKey);
      const text = JSON.stringify(signed(made, { app, digest }, key.secretKey));
      // Only over what was looked at: somebody may decide at the same time.
      const written = await store.compareAndSet(
        isVerdict ? verdictKey(digest) : admitKey(digest),
        text,
        entry?.revision ?? 0,
      );
      if (written === undefined) continue;
      warnUnknownKey(context, key.publicKey);
      const isAdmitted = parseAdmission((await store.get(admitKey(digest)))?.value) !== undefined;
      return { build, isRefused: verdict?.kind === "refuse", isAdmitted };
    }
    const text = `Cannot decide on ${shownBuild(build)}: others decide on it at the same time; ` +
      "nothing was changed; look at herd status, and try again";
    throw new SentinelError("nothing", text);
  } finally {
    await store.close();
  }
}

/** A build has one verdict and one share: in place of what another key signed, machines would keep neither. */
function refuseOtherKey(
  { settings: { herdKeys = [] } }: Context,
  build: DecidedBuild,
  held: Message,
  publicKey: string,
): void {
  const missing = [held.by, publicKey].filter((key) => !herdKeys.includes(key));
  if (held.by === JUDGE || held.by === publicKey || missing.length === 0) return;
  const done = "kind" in held ? (held.kind === "refuse" ? "refused" : "cleared") : "admitted";
  const text = `${shownBuild(build)} is ${done} with another key, ${held.by}, and machines that do not know your key ` +
    `(${publicKey}) would no longer know of that; nothing was changed; sign with that key, or, if the machines have ` +
    `both in --herd-keys, add here: ${missing.map((key) => `--herd-keys ${key}`).join(" ")}`;
  throw new UsageError(text, EXIT.no);
}

/** Machines ignore what is signed with a key that they do not know. */
function warnUnknownKey({ settings: { herdKeys = [] }, ports: { log } }: Context, publicKey: string): void {
  if (herdKeys.includes(publicKey)) return;
  const none = herdKeys.length === 0 ? "No --herd-keys is set here" : "This key is none of --herd-keys";
  log("warn", `${none}: only machines and judges that have this key there believe it: ${publicKey}`);
}

/** The build that is meant: the bytes of `--file`, or the one that the herd knows under a version or a sha256. */
async function namedBuild(context: Context, store: HerdStore): Promise<DecidedBuild> {
  const { settings: { file }, positionals: [verb, name], ports: { fs } } = context;
  if (file !== undefined) {
    return { digest: fs.digest(pathArgument(context, file)), ...name === undefined ? {} : { version: name } };
  }
  if (name === undefined) {
    throw new UsageError(`No build is named: boot-sentinel herd ${verb} VERSION, or herd ${verb} --file FILE`);
  }
  const found = await knownBuilds(store, name);
  const [build, ...others] = found.keys();
  if (build === undefined) {
    const text = `The herd knows no build ${name}; nothing was changed; name its file: --file FILE`;
    throw new UsageError(text, EXIT.noInput);
  }
  if (others.length === 0) return { digest: build, ...isDigest(name) ? {} : { version: name } };
  // One machine can report any build under any version.
  const all = [...found].map(([digest, reports]) => `${digest.slice(0, 16)} (on ${reports})`).join(", ");
  throw new UsageError(
    `${name} is the version of several builds, on so many machines: ${all}; nothing was changed; name one by its sha256, or --file FILE`,
  );
}

/** The builds of a version, or with a sha256 that begins so, and how many machines report each. */
async function knownBuilds(store: HerdStore, name: string): Promise<Map<string, number>> {
  const found = new Map<string, number>();
  for (const pattern of ["verdict.*", "admit.*", "report.>"]) {
    for await (const { key, value } of store.entries(pattern)) {
      const [kind, digest = ""] = key.split(".");
      const isReport = kind === "report";
      const read = isReport ? parseReport(value) : kind === "admit" ? parseAdmission(value) : parseVerdict(value);
      const isNamed = isDigest(name)
        ? digest.startsWith(name)
        : read?.version !== undefined && sameVersion(read.version, name);
      if (isNamed) found.set(digest, (found.get(digest) ?? 0) + Number(isReport));
    }
  }
  return found;
}

/** Whether a name is a sha256, or enough of one. */
function isDigest(name: string): boolean {
  return /^[0-9a-f]{12,64}$/.test(name);
}

/** A build in a message. */
export function shownBuild({ version, digest }: DecidedBuild): string {
  return [version, digest.slice(0, 12)].filter(Boolean).join(" ");
}
