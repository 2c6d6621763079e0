/** The reason of a refusal, for people. @module */
import { plainText } from "../../core/plain_text.ts";
import type { Build } from "./build.ts";
import { failuresOf } from "./failures.ts";
import type { Why } from "./judge_build.ts";

/** Why the judge refuses a build, with what most machines said. */
export function refusalText({ reports }: Build, why: Why): string {
  if (why.kind !== "bad") return "refused";
  const [most] = failuresOf(reports.values());
  const words = most?.lastWords?.trim().split("\n").at(-1) ?? "";
  const said = [most?.reason ?? "", words].filter((text, i) =>
    text !== "" && !(i === 1 && most?.reason.includes(text))
  );
  const detail = said.length === 0 ? "" : `: ${said.join("; last words: ")}`;
  return plainText(`it failed on ${why.bad} of the ${why.good + why.bad} machines that have decided${detail}`);
}
