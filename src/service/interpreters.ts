/**
 * Programs that only run another one: interpreters and wrappers. To guard one of them by accident would put back an
 * interpreter that belongs to the whole machine, and never the script that was updated.
 *
 * @module
 */

/** They read the program that their first argument names. */
const INTERPRETERS =
  "node nodejs deno bun tsx ts-node python pypy ruby jruby perl raku php lua luajit Rscript R java dotnet mono erl " +
  "elixir escript julia guile tclsh wish pwsh powershell sh bash dash zsh ksh mksh ash fish busybox cmd";

/** They start the program that their arguments name. */
const WRAPPERS =
  "env sudo doas su runuser setpriv setsid setarch nice ionice chrt taskset numactl prlimit flock chroot " +
  "unshare nsenter timeout stdbuf nohup time script dumb-init tini catatonit gosu su-exec capsh firejail bwrap docker podman nerdctl " +
  "kubectl systemd-run systemd-cat systemd-nspawn s6-svscan runsv supervisord npm npx pnpm yarn uv pipenv poetry bundle " +
  "boot-sentinel";

/** Options of wrappers whose value is the next word. */
const WRAPPER_VALUE = /^(-[ugCnpwkcUmM]|--(user|group|chdir|unset|adjustment|wait|signal))$/;

/** Options of interpreters whose value is the next word. `-u` of Python has none. */
const INTERPRETER_VALUE = /^(-[rWXIdCM]|--(require|import|config|loader))$/;

const known = (list: string, name: string) => ` ${list} `.includes(` ${name} `);

/** The file's name without folder, `.exe` and the version at its end: `/usr/bin/python3.11` → `python`. */
function commandName(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1).replace(/\.exe$/i, "");
  return name.replace(/[-.]?\d[\d.]*$/, "") || name;
}

/** The name of the interpreter or wrapper that a path leads to; `undefined` for any other program. */
export function interpreterOf(path: string): string | undefined {
  const name = commandName(path);
  return known(INTERPRETERS, name) || known(WRAPPERS, name) ? name : undefined;
}

/**
 * The file that is most likely meant when an interpreter or wrapper is started: the script, the jar, or the program
 * behind the wrapper.
 *
 * @param words The command line.
 * @param isFile Whether a path leads to a file.
 */
export function guardHint(words: readonly string[], isFile: (path: string) => boolean): string | undefined {
  const isInterpreter = known(INTERPRETERS, commandName(words[0] ?? ""));
  for (let at = 1; at < words.length; at++) {
    const word = words[at] ?? "";
    if (word === "-jar") return words[at + 1];
    if (isInterpreter && /^-[cm]$/.test(word)) return undefined; // code, or a module that is found by its name
    if ((isInterpreter ? INTERPRETER_VALUE : WRAPPER_VALUE).test(word)) at++;
    else if (!word.startsWith("-") && isFile(word)) {
      return interpreterOf(word) === undefined ? word : guardHint(words.slice(at), isFile);
    }
  }
  return undefined;
}
