/** The options of the herd. @module */
import type { OptionSpec } from "./option_spec.ts";

/** The options of the herd, in the form of the option table. */
export const HERD_OPTIONS = {
  herd: {
    kind: "text",
    value: "URL",
    persistent: true,
    help: "The herd that withholds bad updates: nats://HOST, tls://HOST, or a published list https://HOST/LIST",
  },
  herdApp: { kind: "text", value: "APP", persistent: true, check: checkApp, help: "Name of the app in the herd" },
  herdCreds: { kind: "text", value: "FILE", persistent: true, help: "Credentials of this machine in the herd" },
  herdCa: {
    kind: "text",
    value: "FILE",
    persistent: true,
    help: "Certificates that the herd's server is checked with",
  },
  herdKeys: {
    kind: "list",
    value: "KEY",
    persistent: true,
    check: checkPublicKey,
    help: "Public key of somebody whose herd refuse, clear, admit and publish are believed; repeatable",
  },
  herdKey: {
    kind: "text",
    value: "FILE",
    persistent: true,
    inFile: false,
    help: "Secret key that herd refuse, clear, admit and publish sign with; herd keygen makes one",
  },
  herdPolicy: {
    kind: "choice",
    choices: ["open", "closed"],
    default: "open",
    persistent: true,
    help: "Without any answer of the herd about a build: open, it may be installed; closed, not yet",
  },
  herdGroup: {
    kind: "choice",
    choices: ["canary"],
    persistent: true,
    help: "canary: this machine takes updates first",
  },
  herdTimeout: {
    kind: "duration",
    value: "TIME",
    default: 3_000,
    persistent: true,
    help: "Longest time that the herd is waited for",
  },
  herdQuorum: {
    kind: "count",
    value: "N",
    default: 2,
    least: 1,
    persistent: true,
    help: "Judge: machines that must have decided on a build before more of them may take it",
  },
  herdThreshold: {
    kind: "count",
    value: "PERCENT",
    default: 5,
    persistent: true,
    help: "Judge: a build that fails on more than so many percent of the machines, and on two at least, is refused",
  },
  herdWindow: {
    kind: "duration",
    value: "TIME",
    default: 600_000,
    persistent: true,
    help: "Judge: time after which machines that have not reported are no longer waited for",
  },
  herdMachines: {
    kind: "count",
    value: "N",
    default: 0,
    persistent: true,
    help: "Judge: machines that there are at least, also while few of them have reported yet",
  },
  app: { kind: "text", value: "APP", persistent: false, check: checkApp, help: "Name of the app in the herd" },
  machines: {
    kind: "count",
    value: "N",
    default: 0,
    persistent: false,
    help: "Machines that there are credentials for; those that are there stay",
  },
  dir: { kind: "text", value: "DIR", persistent: false, help: "Directory of the credentials (default: herd-APP)" },
  creds: { kind: "text", value: "FILE", persistent: false, help: "Credentials of this machine" },
  share: {
    kind: "text",
    value: "SHARE",
    persistent: false,
    check: checkShare,
    help: "Share of the machines that may take the build, from 0 to 1",
  },
} as const satisfies Record<string, OptionSpec>;

function checkApp(text: string): void {
  if (/^[a-z0-9][a-z0-9_-]{0,62}$/i.test(text)) return;
  throw new Error(`it takes a name of letters, digits, - and _, not ${JSON.stringify(text)}`);
}

function checkPublicKey(text: string): void {
  if (/^[A-Za-z0-9_-]{43}$/.test(text)) return;
  throw new Error(`it takes a public key of 43 characters, as herd keygen prints it, not ${JSON.stringify(text)}`);
}

function checkShare(text: string): void {
  if (/^(0(\.\d+)?|1(\.0+)?)$/.test(text)) return;
  throw new Error(`it takes a number from 0 to 1, not ${JSON.stringify(text)}`);
}
