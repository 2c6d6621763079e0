/** What the herd says of an update, from the file of its last answer: nobody is asked, and nothing is waited for. @module */
import { SentinelError } from "../core/errors.ts";
import { type HerdAnswer, herdAnswer } from "../herd/machine/herd_answer.ts";
import { readHerdFile, wanting, writeHerdFile } from "../herd/machine/herd_file.ts";
import { type Context, subjectFrom } from "./command.ts";

/** A build. */
export interface AskedBuild {
  readonly version: string;
  readonly digest?: string | undefined;
}

/** What the herd says of a build that is to be installed. The next sync tells the judge that it is wanted. */
export function askHerdFile(context: Context, { version, digest }: AskedBuild): HerdAnswer {
  const { settings: { herdPolicy: policy, herdGroup: group, dryRun }, ports: { fs, clock, log } } = context;
  const { dataDir } = subjectFrom(context);
  const file = readHerdFile(fs, dataDir);
  const now = clock.now();
  const answer = herdAnswer(file, { version, digest }, { policy, group, now });
  if (answer.kind === "notYet" && digest !== undefined && !dryRun) {
    const next = wanting(file, { digest, version, at: now });
    try {
      if (next !== file) writeHerdFile(fs, dataDir, next);
    } catch {
      log("debug", "The herd's file cannot be written: the judge is not told that this build is wanted");
    }
  }
  return answer;
}

/** Throws unless the herd lets a build be installed. */
export function refuseWithheld(context: Context, build: AskedBuild): void {
  const { kind, text } = askHerdFile(context, build);
  if (kind === "free") return;
  const next = kind === "refused"
    ? "install another build"
    : "try again later; to admit it everywhere: boot-sentinel herd admit --file FILE --share 1";
  throw new SentinelError("calledOff", `${build.version} ${text}; nothing was changed; ${next}`);
}
