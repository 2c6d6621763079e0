/** What the verbs share by which people decide: which builds are meant, the key, and writing. @module */
import { EXIT } from "../../core/exit_codes.ts";
import type { HerdStore } from "../../herd/herd_store.ts";
import { admitKey, verdictKey } from "../../herd/keys.ts";
import { type Admission, parseAdmission } from "../../herd/messages/admission.ts";
import { parseReport } from "../../herd/messages/report.ts";
import { signed } from "../../herd/messages/signed.ts";
import { parseVerdict, type Verdict } from "../../herd/messages/verdict.ts";
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

/** Decides on the builds that the command names: signs a message for each and writes it. */
export async function decide(
  context: Context,
  message: (build: DecidedBuild, common: Pick<Verdict, "schema" | "by" | "at">) => Verdict | Admission,
): Promise<readonly DecidedBuild[]> {
  const key = signingKey(context);
  const { app } = storeAddress(context);
  const store = await openStore(context);
  try {
    const builds = await namedBuilds(context, store);
    for (const build of builds) {
      const made = message(build, { schema: 1, by: key.publicKey, at: context.ports.clock.now() });
      const written = signed(made, { app, digest: build.digest }, key.secretKey);
      await store.put("kind" in made ? verdictKey(build.digest) : admitKey(build.digest), JSON.stringify(written));
    }
    warnUnknownKey(context, key.publicKey);
    return builds;
  } finally {
    await store.close();
  }
}

/** Machines ignore what is signed with a key that they do not know. */
function warnUnknownKey({ settings: { herdKeys }, ports: { log } }: Context, publicKey: string): void {
  if (herdKeys === undefined || herdKeys.includes(publicKey)) return;
  log("warn", `This key is none of --herd-keys: only machines that have it there believe it: ${publicKey}`);
}

/** The builds that are meant: the bytes of `--file`, or all that the herd knows under a version. */
async function namedBuilds(context: Context, store: HerdStore): Promise<readonly DecidedBuild[]> {
  const { settings: { file }, positionals: [verb, version], ports: { fs } } = context;
  if (file !== undefined) {
    return [{ digest: fs.digest(pathArgument(context, file)), ...version === undefined ? {} : { version } }];
  }
  if (version === undefined) {
    throw new UsageError(`No build is named: boot-sentinel herd ${verb} VERSION, or herd ${verb} --file FILE`);
  }
  const found = new Set<string>();
  for (const pattern of ["verdict.*", "admit.*", "report.>"]) {
    for await (const { key, value } of store.entries(pattern)) {
      const [kind, digest = ""] = key.split(".");
      const read = kind === "report"
        ? parseReport(value)
        : kind === "admit"
        ? parseAdmission(value)
        : parseVerdict(value);
      if (read?.version !== undefined && sameVersion(read.version, version)) found.add(digest);
    }
  }
  if (found.size === 0) {
    const text = `The herd knows no build ${version}; nothing was changed; name its file: --file FILE`;
    throw new UsageError(text, EXIT.noInput);
  }
  return [...found].map((digest) => ({ digest, version }));
}

/** The builds in a message. */
export function shownBuilds(builds: readonly DecidedBuild[]): string {
  return builds.map(({ version, digest }) => [version, digest.slice(0, 12)].filter(Boolean).join(" ")).join(", ");
}
