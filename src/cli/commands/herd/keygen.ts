/** `herd keygen FILE`: makes the key that people sign verdicts with. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { exists } from "../../../core/state/state_files.ts";
import { newKeyPair } from "../../../system/crypto/ed25519.ts";
import { answer, type Context, pathArgument } from "../../command.ts";
import { UsageError } from "../../cli_errors.ts";

/** The verb. */
export function run(context: Context): Promise<number> {
  const [, name] = context.positionals;
  const { fs } = context.ports;
  if (name === undefined) throw new UsageError("No file is named for the key: boot-sentinel herd keygen FILE");
  const file = pathArgument(context, name);
  if (exists(fs, file)) {
    throw new UsageError(`There is ${file} already; nothing was changed; name a new file`, EXIT.no);
  }
  const { publicKey, secretKey } = newKeyPair();
  fs.create(file, new TextEncoder().encode(`${secretKey}\n`), 0o600);
  answer(context, publicKey, { publicKey, file });
  return Promise.resolve(EXIT.ok);
}
