/**
 * The configuration of a NATS server for a herd. Pure.
 *
 * The machines have an account of their own. In one account with the buckets, a machine could name any key as the
 * subject of the answer to its request, and the server would write its answer there.
 *
 * @module
 */
import { bucketsOf, streamOf, subjectOf } from "../stores/nats/buckets.ts";
import { inboxOf } from "../stores/nats/inbox.ts";

/** Somebody who may connect. */
export interface HerdUser {
  readonly kind: "machine" | "judge" | "operator";
  /** What the file of the credentials is called; only for people. */
  readonly name: string;
  /** The public nkey. */
  readonly key: string;
}

/** The accounts of a herd, to be put into the server's configuration. */
export function accountsConfig(app: string, users: readonly HerdUser[]): string {
  const [answers, reports] = bucketsOf(app);
  const machines = users.filter(({ kind }) => kind === "machine");
  const others = users.filter(({ kind }) => kind !== "machine");
  const shared = [readOf(answers), ownReport(reports, "*")];
  const [judges, herd] = [`herd_${app}`, `herd-machines_${app}`];
  return `accounts {
  # The buckets, the judges and the operators.
  ${judges} {
    jetstream: enabled
    exports: [
${lines(shared.map((subject) => `{ service: ${quoted(subject)}, accounts: [${herd}] }`))}
    ]
    users: [
${others.map((user) => userOf(user, rightsOf(user, answers, reports))).join("\n")}
    ]
  }
  # The machines: each reports under its own key, and reads verdicts and shares.
  ${herd} {
    imports: [
${lines(shared.map((subject) => `{ service: { account: ${judges}, subject: ${quoted(subject)} } }`))}
    ]
    users: [
${machines.map((user) => userOf(user, [readOf(answers), ownReport(reports, user.key)])).join("\n")}
    ]
  }
}
`;
}

/** Reading verdicts and shares. */
function readOf(bucket: string): string {
  return `$JS.API.DIRECT.GET.${streamOf(bucket)}`;
}

function ownReport(bucket: string, machine: string): string {
  return subjectOf(bucket, `report.*.${machine}`);
}

/** What a judge or an operator may publish. */
function rightsOf({ kind }: HerdUser, answers: string, reports: string): string[] {
  const stream = streamOf(reports);
  const reading = [
    readOf(answers),
    `$JS.API.STREAM.MSG.GET.${stream}`,
    `$JS.API.CONSUMER.CREATE.${stream}.>`,
    `$JS.API.CONSUMER.DELETE.${stream}.>`,
    `$JS.FC.${stream}.>`,
  ];
  if (kind === "operator") {
    return [...reading, ...["verdict.*", "admit.*"].map((pattern) => subjectOf(answers, pattern))];
  }
  const creates = [answers, reports].map(streamOf).flatMap((stream) =>
    ["CREATE", "INFO"].map((verb) => `$JS.API.STREAM.${verb}.${stream}`)
  );
  return [...reading, ...creates, subjectOf(answers, ">")];
}

function userOf({ name, key }: HerdUser, publish: readonly string[]): string {
  return `      # ${name}
      {
        nkey: ${key}
        permissions: {
          publish: [
${publish.map((subject) => `            ${quoted(subject)}`).join("\n")}
          ]
          subscribe: [${quoted(`${inboxOf(key)}.>`)}]
        }
      }`;
}

function lines(texts: readonly string[]): string {
  return texts.map((text) => `      ${text}`).join("\n");
}

function quoted(subject: string): string {
  return `"${subject}"`;
}
