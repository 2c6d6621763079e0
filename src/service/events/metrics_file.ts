/**
 * The metrics file as samples. Several services may name one file: each replaces its own samples and keeps the others'.
 *
 * @module
 */

/** The samples of one name, with what Prometheus is told about it. */
export interface Family {
  /** Without the prefix. */
  readonly name: string;
  /** Its `# HELP` and `# TYPE` lines. */
  readonly head: string;
  readonly samples: readonly Sample[];
}

/** One line: the labels as they are written, and the value. */
export interface Sample {
  readonly labels: string;
  readonly value: string | number;
}

/** The program that samples are about. A registered service has a name. */
export interface Program {
  readonly exe: string;
  readonly service?: string | undefined;
}

/** The size of the file, bytes: what is written must fit into what is read. */
export const SIZE_LIMIT = 1 << 20;

const PREFIX = "boot_sentinel_";
const LINE = /^(?:# (?:HELP|TYPE) boot_sentinel_(\w+) .+|boot_sentinel_(\w+)\{(.*)\} ([-+\d.eE]+))$/;

/** The labels of a program. */
export function programLabels({ exe, service }: Program): string {
  const own = label("exe", exe);
  return service === undefined ? own : `${label("service", service)},${own}`;
}

/** One label. */
export function label(name: string, value: string): string {
  return `${name}="${escaped(value)}"`;
}

function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

/** The value of a label, as it is written; `undefined`: there is none of that name. */
export function labelIn({ labels }: Sample, name: string): string | undefined {
  for (const [, found, value] of labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) if (found === name) return value;
  return undefined;
}

/** The families in a file. Lines that boot-sentinel does not write are left out, and so is a line that was cut. */
export function parseMetrics(text: string): Family[] {
  const families = new Map<string, { head: string; samples: Map<string, Sample> }>();
  for (const line of text.split("\n").slice(0, -1)) {
    const [, told, sampled, labels = "", value = ""] = LINE.exec(line) ?? [];
    const name = told ?? sampled;
    if (name === undefined) continue;
    const family = families.get(name) ?? { head: "", samples: new Map() };
    families.set(name, family);
    // By their labels: a line that is there twice would make the collector refuse the whole file.
    if (told === undefined) family.samples.set(labels, { labels, value });
    else family.head += `${line}\n`;
  }
  return [...families].map(([name, { head, samples }]) => ({ name, head, samples: [...samples.values()] }));
}

/** Whether a sample is one of a program; those from before it was registered have no `service`. */
export function isOf({ exe, service }: Program): (sample: Sample) => boolean {
  const own = { exe: escaped(exe), service: service && escaped(service) };
  return (sample) => {
    const named = labelIn(sample, "service");
    return named === undefined ? labelIn(sample, "exe") === own.exe : named === own.service;
  };
}

/** The families without the samples that are `gone`. */
export function without(families: readonly Family[], gone: (sample: Sample) => boolean): Family[] {
  return families.map((family) => ({ ...family, samples: family.samples.filter((sample) => !gone(sample)) }));
}

/**
 * The text of the file with `own` and `others`. If it were too large, the programs that ran longest ago are left out.
 */
export function metricsFileText(own: readonly Family[], others: readonly Family[]): string {
  const bytes = (text: string) => new TextEncoder().encode(text).length;
  const lastRuns = others.find(({ name }) => name === "last_run_timestamp_seconds")?.samples ?? [];
  const oldest = lastRuns.toSorted((a, b) => Number(a.value) - Number(b.value));
  let kept = others;
  for (;;) {
    const text = joined(own, kept);
    if (bytes(text) <= SIZE_LIMIT) return text;
    const sample = oldest.shift();
    if (sample === undefined) return joined(own, []);
    const [service, exe] = [labelIn(sample, "service"), labelIn(sample, "exe")];
    kept = without(kept, (other) => labelIn(other, "service") === service && labelIn(other, "exe") === exe);
  }
}

/** Each family once, as the format demands; those that only another version of boot-sentinel knows come last. */
function joined(own: readonly Family[], others: readonly Family[]): string {
  const names = new Set([...own, ...others].map(({ name }) => name));
  return [...names].map((name) => {
    const same = [...own, ...others].filter((family) => family.name === name);
    const samples = same.toReversed().flatMap(({ samples }) => samples);
    const lines = samples.map(({ labels, value }) => `${PREFIX}${name}{${labels}} ${value}\n`);
    return lines.length === 0 ? "" : `${same[0]?.head}${lines.join("")}`;
  }).join("");
}

/** A family of samples, by its name without the prefix. */
export function family(
  name: string,
  type: "gauge" | "counter",
  help: string,
  samples: readonly (readonly [labels: string, value: number])[],
): Family {
  return {
    name,
    head: `# HELP ${PREFIX}${name} ${help}\n# TYPE ${PREFIX}${name} ${type}\n`,
    samples: samples.map(([labels, value]) => ({ labels, value })),
  };
}
