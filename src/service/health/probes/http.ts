/**
 * `http://…` and `https://…`: passes when the service answers as expected. The expectations follow `#`, which is
 * not sent.
 *
 * @module
 */
import type { HttpAnswer } from "../../../system/process/probe_calls.ts";
import type { Probe } from "./probe.ts";

/** What the answer must contain. */
interface Expected {
  readonly status: readonly number[];
  readonly body: readonly string[];
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * Makes the probe: `URL#status=200,204&body=TEXT&header=Name:TEXT&insecure`. Without `status` any 2xx passes. The
 * answer must contain the texts of `body` and `header`; in these `&`, `#` and `%` have to be percent-encoded.
 */
export function httpProbe(text: string): Probe {
  const url = new URL(text);
  const { expected, insecure } = readExpectations(url.hash.slice(1));
  url.hash = "";
  return {
    text,
    check: async ({ io, timeoutMs }) => judge(await io.httpGet(url, timeoutMs, insecure), expected),
  };
}

function readExpectations(fragment: string): { expected: Expected; insecure: boolean } {
  const status: number[] = [];
  const body: string[] = [];
  const headers: [string, string][] = [];
  let insecure = false;
  for (const part of fragment.split("&").filter((part) => part !== "")) {
    const [name = "", ...rest] = part.split("=");
    const value = decodeURIComponent(rest.join("="));
    if (name === "status") {
      for (const code of value.split(",")) {
        if (!/^[1-5]\d\d$/.test(code)) throw new Error(`${code} is not an HTTP status`);
        status.push(Number(code));
      }
    } else if (name === "body") body.push(value);
    else if (name === "header" && value.includes(":")) {
      const at = value.indexOf(":");
      headers.push([value.slice(0, at).trim().toLowerCase(), value.slice(at + 1).trim()]);
    } else if (name === "insecure") insecure = true;
    else throw new Error(`after # it takes status=, body=, header=Name:TEXT and insecure, not ${part}`);
  }
  return { expected: { status, body, headers }, insecure };
}

function judge(answer: HttpAnswer, expected: Expected): string | undefined {
  const wanted = expected.status.length === 0
    ? answer.status >= 200 && answer.status < 300
    : expected.status.includes(answer.status);
  if (!wanted) return `it answers ${answer.status}`;
  for (const [name, value] of expected.headers) {
    const given = answer.headers[name];
    if (given === undefined) return `its answer has no header ${name}`;
    if (!given.includes(value)) return `its header ${name} is ${given}, not ${value}`;
  }
  for (const part of expected.body) {
    if (!answer.body.includes(part)) return `its answer does not contain ${JSON.stringify(part)}`;
  }
  return undefined;
}
