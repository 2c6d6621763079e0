/** The pages of the manual, as help and messages name them: by title and by file. @module */

/** Every page, with its title. */
export const PAGES = {
  "docs/benchmarks.md": "Benchmarks",
  "docs/boot.md": "How a boot is judged",
  "docs/commands.md": "Commands and exit codes",
  "docs/configuration.md": "Options and configuration",
  "docs/containers.md": "Containers and other supervisors",
  "docs/data.md": "Keeping the data with the build",
  "docs/deploy.md": "Deploying a new build",
  "docs/design.md": "Design",
  "docs/events.md": "Hooks, webhook and metrics",
  "docs/files.md": "Files and state",
  "docs/from-the-reference.md": "Coming from the reference",
  "docs/herd.md": "The herd",
  "docs/library.md": "The library",
  "docs/limits.md": "Limits",
  "docs/packages.md": "Packages",
  "docs/probes.md": "Health probes",
  "docs/releases.md": "Releases",
  "docs/security.md": "Security",
  "docs/status.md": "Status, history and doctor",
  "docs/systemd.md": "Guarding a systemd unit",
  "docs/which-way.md": "Which way for my service?",
  "docs/windows.md": "Guarding a Windows service",
} as const;

/** A page of the manual, by its file. */
export type Page = keyof typeof PAGES;

/** Pages that have another one for Windows in their place. */
const ON_WINDOWS: Partial<Record<Page, Page>> = {
  "docs/systemd.md": "docs/windows.md",
  "docs/containers.md": "docs/windows.md",
};

/** The page for that operating system. */
export function pageOn(os: string, page: Page = "docs/commands.md"): Page {
  return (os === "windows" ? ON_WINDOWS[page] : undefined) ?? page;
}

/** A page by its title and its file. */
export function namedPage(page: Page): string {
  return `"${PAGES[page]}", ${page}`;
}

/** The pages about problems and findings, with the beginnings of their codes. */
const ABOUT: Partial<Record<Page, string>> = {
  "docs/data.md": "data-missing data-unsafe data-above-budget",
  "docs/releases.md": "member- members- reload-",
  "docs/which-way.md": "guards-interpreter unit-oneshot several-commands",
  "docs/systemd.md":
    "not-gated gate- guards-another no-watcher no-restart restart- stops-count start-limit- drop-in- " +
    "unit- timeout-",
  "docs/probes.md": "probe-",
  "docs/boot.md":
    "not-protected-yet cannot-be-put-back last-good- degraded environment immutable program- sticky-folder",
  "docs/herd.md": "herd-",
  "docs/files.md": "state- data-dir- another-data-dir",
  "docs/configuration.md": "config-",
  "docs/security.md": "access-too-wide service-owns-program",
  "docs/limits.md": "limit-too-low runtime-variables system-calls-",
};

/** The page about a problem or a finding with that code. */
export function pageAbout(code: string): Page | undefined {
  const about = Object.entries(ABOUT).find(([, codes]) => codes.split(" ").some((start) => code.startsWith(start)));
  return about?.[0] as Page | undefined;
}
