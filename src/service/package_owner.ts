/** The package of the distribution that installed a file. @module */
import type { ToolEnd } from "../system/tools/run_tool.ts";

/** An installed package. */
export interface InstalledPackage {
  readonly package: string;
  readonly version: string;
}

/** Runs a command of the system. */
export type RunTool = (program: string, ...args: string[]) => Promise<ToolEnd>;

/** The package to which dpkg says a file belongs; `undefined`: to none, or there is no dpkg. */
export async function packageOwner(path: string, runTool: RunTool): Promise<InstalledPackage | undefined> {
  for (const name of namesOf(path)) {
    // dpkg takes a name for a pattern.
    const { code, stdout } = await runTool("dpkg-query", "-S", name.replace(/[*?[\]\\]/g, "\\$&"));
    const owner = code === 0 ? ownerIn(stdout, name) : undefined;
    if (owner === undefined) continue;
    const asked = await runTool("dpkg-query", "-W", "-f=${Version}", owner);
    const version = asked.code === 0 ? asked.stdout.trim() : "";
    return version === "" ? undefined : { package: owner.replace(/:.*/, ""), version };
  }
  return undefined;
}

/** Where `/bin` is a link to `/usr/bin`, dpkg knows a file by the name that its package gave it. */
function namesOf(path: string): string[] {
  const merged = /^(\/usr)?(\/(?:s?bin|lib\w*)\/.*)$/.exec(path);
  if (merged === null) return [path];
  const [, usr, rest = ""] = merged;
  return [path, usr === undefined ? `/usr${rest}` : rest];
}

/** The package in a line such as `libc6:amd64: /lib/x`; with several, the first. */
function ownerIn(stdout: string, path: string): string | undefined {
  const line = stdout.split("\n").find((line) => line.endsWith(`: ${path}`) && !line.startsWith("diversion by "));
  return line?.slice(0, -`: ${path}`.length).split(", ")[0];
}

/** True when a package's version, such as `1:2.10.7-1`, is that of a build. */
export function isPackageVersion(version: string, build: string): boolean {
  const upstream = version.replace(/^\d+:/, "");
  return [version, upstream, upstream.replace(/-[^-]*$/, "")].includes(build);
}
