/** `swap`: replaces the program by an update. @module */
import { resolve } from "@std/path/resolve.js";
import type { SwapOptions } from "../../core/changes/swap.ts";
import { answer, type Command, type Context, exeOf, pathArgument, positional } from "../command.ts";
import { beforeChange } from "../before_change.ts";
import { EXIT } from "../../core/exit_codes.ts";
import { UsageError } from "../cli_errors.ts";
import { EVENTS } from "../options/options.ts";
import { sentinelOf } from "../sentinel_of.ts";

/** The command. */
export const command: Command = {
  usage: "FILE --to VERSION --exe PATH [--sha256 HEX] [options]",
  summary: "Verify FILE, arm VERSION and replace the program by a copy of FILE, atomically",
  details: "Refuses a quarantined build with exit 1. With --minisign-key FILE needs a valid signature.\n" +
    "FILE itself is not changed. Restart the service afterwards.",
  examples: [
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server && systemctl restart app",
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server --minisign-key RWQf6LRCGA9i53…",
    "boot-sentinel swap /tmp/server-2.0.0 --to 2.0.0 --exe /opt/app/server --dry-run",
  ],
  options: ["to", "sha256", "minisignKey", "signature", "beforeSwap", "dataHookTimeout", ...EVENTS],
  positionals: [1, 1],
  async run(context) {
    const { settings, io } = context;
    const version = settings.to?.trim();
    if (version === undefined || version === "") throw new UsageError("No version is named: add --to VERSION");
    const file = pathArgument(context, positional(context, 0));
    const verify = await signatureCheck(context);
    const before = await beforeChange(context);
    const options = { sha256: settings.sha256, since: io.startedAt, verify, before };
    const swapped = sentinelOf(context).swap(file, version, options);
    const exe = exeOf(context);
    if (swapped.kind === "already") {
      const { version: known, confirmed } = swapped;
      const how = confirmed ? "confirmed" : "not confirmed yet";
      answer(context, `Nothing was changed: ${exe} has these bytes already; they are known as ${known}, ${how}`, {
        swapped: null,
        live: known,
        confirmed,
      });
      return EXIT.ok;
    }
    answer(context, `Swapped: ${exe} is ${version} now, and on probation; restart the service`, { swapped: version });
    return EXIT.ok;
  },
};

/** The check for `--minisign-key`. Its code is loaded only if a key is set. */
async function signatureCheck({ settings, io, ports }: Context): Promise<SwapOptions["verify"]> {
  const { minisignKey: key, signature } = settings;
  if (key === undefined) {
    if (signature === undefined) return undefined;
    throw new UsageError("A signature is named, but no key: add --minisign-key KEY");
  }
  const { verifyMinisign } = await import("../../system/fs/minisign.ts");
  return (file) => {
    const signed = verifyMinisign(file, signature === undefined ? `${file}.minisig` : resolve(io.cwd, signature), key);
    ports.log("info", `The signature is valid: ${signed.comment}`);
    return signed.sha256;
  };
}
