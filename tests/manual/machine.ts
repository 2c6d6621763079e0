/** A machine as the commands of the README and the manual expect it, below a folder. @module */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { compiledSentinel } from "../support/compiled.ts";
import { blockBelow } from "../support/readme.ts";
import { type Ended, runProcess } from "../support/sentinel_process.ts";

/** The unit that the manual shows. */
export const UNIT: string = blockBelow("By hand", "ini");

/** The same as `systemctl show` tells of it. */
export function shownUnit(): string {
  const settings = [...UNIT.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = "", value = ""]) => {
    if (/^Exec/.test(name)) {
      const [, prefix = "", words = ""] = /^([-+]*)(.*)$/.exec(value) ?? [];
      const flags = [...prefix.includes("-") ? ["ignore-failure"] : [], ...prefix.includes("+") ? ["privileged"] : []];
      return `${name}Ex={ path=${words.split(" ")[0]} ; argv[]=${words} ; flags=${flags.join(" ")} ; }`;
    }
    if (/Sec$/.test(name)) return `${name.replace(/Sec$/, "USec")}=${value}s`;
    return `${name}=${value}`;
  });
  return ["LoadState=loaded", ...settings].join("\n");
}

/** The programs that the commands are about: each starts, and only 2.0.0 fails. */
const PROGRAMS: Readonly<Record<string, string>> = {
  "opt/app/server": "#!/bin/sh\necho up\n",
  "opt/site/releases/1/app.js": "console.log('one');\n",
  "opt/site/releases/2/app.js": "console.log('two');\n",
  "etc/site/site.toml": "workers = 1\n",
  "site-4.toml": "workers = 4\n",
  "releases/4/app.js": "console.log('four');\n",
  "releases/3/app.js": "console.log('three');\n",
  "opt/site/app.js": "console.log('up');\n",
  "opt/web/server": "#!/bin/sh\necho up\n",
  "opt/legacy/server": "#!/bin/sh\necho up\n",
  "server-1.1.0": "#!/bin/sh\necho up, too\n",
  "server-2.0.0": "#!/bin/sh\nexit 1\n",
  "server-3.0.0": "#!/bin/sh\necho up, again\n",
};

/** In its own namespace of mounts, where systemctl is the one that was laid out. */
const NAMESPACE = [
  process.geteuid?.() === 0 ? "-m" : "-rm",
  ...["sh", "-c", 'mount --bind "$0" /usr/bin/systemctl && exec sh -c "$1"'],
];

/** Lays the machine out. */
export class ManualMachine {
  constructor(readonly dir: string) {
    const place = (path: string, text: string) => {
      mkdirSync(dirname(join(dir, path)), { recursive: true });
      writeFileSync(join(dir, path), text, { mode: 0o755 });
    };
    for (const [path, text] of Object.entries(PROGRAMS)) place(path, text);
    symlinkSync("releases/1", join(dir, "opt/site/current"));
    for (const name of ["web", "app"]) mkdirSync(join(dir, "var/lib", name), { recursive: true });
    const web = { exe: `${dir}/opt/web/server`, dataDir: `${dir}/var/lib/web`, unit: "web.service" };
    place("config/boot-sentinel/web.json", JSON.stringify(web));
    // Whatever the machine that runs this has of systemd is left alone.
    place(
      "bin/boot-sentinel",
      `#!/bin/sh\ncase "$1 $2" in "service install")\n  shift 2\n` +
        `  exec '${compiledSentinel()}' service install --dry-run "$@";;\n` +
        // Nothing was installed, which is said with exit 66.
        `"service uninstall")\n  shift 2; '${compiledSentinel()}' service uninstall --dry-run "$@"\n` +
        `  code=$?; [ $code = 66 ] && exit 0; exit $code;; esac\nexec '${compiledSentinel()}' "$@"\n`,
    );
    const unit = (command: string) => `printf '[Service]\\nExecStart=${command}\\n'`;
    place(
      "bin/systemctl",
      `#!/bin/sh\ncase "$1" in\n` +
        `cat) case "$2" in legacy*) ${unit(`${dir}/opt/legacy/server`)} ;; web*) ${
          unit(`${dir}/opt/web/server`)
        } ;;\n` +
        `  site*) ${unit(`/usr/bin/env node ${dir}/opt/site/app.js`)} ;;\n` +
        `  *) exit 1 ;; esac ;;\n` +
        `show) cat '${dir}/shown' ;;\n` +
        // Restart=always, as far as it takes; what ends with 0 is healthy.
        `restart) case "$*" in *web*) exe='${dir}/opt/web/server' ;; *) exe='${dir}/opt/app/server' ;; esac\n` +
        `  for start in 1 2 3 4 5; do boot-sentinel run --quiet --confirm manual -- "$exe" && ` +
        `exec boot-sentinel confirm --quiet --exe "$exe"; done; exit 1 ;;\nesac\n`,
    );
    // No network: what would be fetched and run is looked at by the caller.
    for (const tool of ["npm", "deno"]) place(`bin/${tool}`, `#!/bin/sh\necho "$*" >> '${dir}/tools'\n`);
    place("shown", this.#below(shownUnit().replaceAll("/usr/local/", `${dir}/`)));
  }

  /** Runs a line of a shell block. */
  run(line: string): Ended {
    return runProcess("unshare", [...NAMESPACE, `${this.dir}/bin/systemctl`, this.#below(line)], {
      cwd: this.dir,
      env: {
        PATH: `${this.dir}/bin:${process.env["PATH"]}`,
        XDG_CONFIG_HOME: `${this.dir}/config`,
        BUN_OPTIONS: "",
        INVOCATION_ID: "",
        LC_ALL: "C",
      },
    });
  }

  #below(text: string): string {
    return text.replaceAll(/\/(?=opt\/|var\/lib|etc\/site)/g, `${this.dir}/`);
  }
}
