/** `adopt`: makes a release of a plain directory. @module */
import { EXIT } from "../../../core/exit_codes.ts";
import { shellWord } from "../../../core/shell_word.ts";
import { directoryOf } from "../../../core/state/paths.ts";
import { adopt, type Adopted } from "../../../service/releases/adopt.ts";
import { answer, type Command, pathArgument, positional } from "../../command.ts";
import { bytes } from "../../output/format.ts";

/** The command. */
export const command: Command = {
  usage: "DIR [options]",
  summary: "Make a release of a directory: DIR becomes a link to DIR.releases/0, which has its content",
  details: "All paths in DIR stay right, and a service that runs in it keeps running. Later releases are put beside\n" +
    "it by swap, and flipping the link is the whole update.",
  examples: ["boot-sentinel adopt /opt/app", "boot-sentinel adopt /opt/app --dry-run"],
  page: "docs/releases.md",
  options: ["dryRun"],
  finds: "none",
  positionals: [1, 1],
  run(context) {
    const path = pathArgument(context, positional(context, 0));
    const { fs, host } = context.ports;
    const { kind, root, size } = adopt(fs, path, host.os);
    const next = nextCommands(path);
    const text = [sentence(path, { kind, root, ...(size === undefined ? {} : { size }) }), "Next:"];
    for (const { command, does } of [...next, ...kind === "already" ? [] : [undo(path, root)]]) {
      text.push(`  ${command}   # ${does}`);
    }
    answer(context, text.join("\n"), {
      adopted: kind === "already" ? null : path,
      kind,
      release: root,
      ...size,
      next: next.map(({ command }) => command),
    });
    return EXIT.ok;
  },
};

function sentence(path: string, { kind, root, size }: Adopted): string {
  if (kind === "already") return `Nothing was changed: ${path} leads to ${root} already`;
  const holds = size === undefined ? "" : ` (${size.files} file${size.files === 1 ? "" : "s"}, ${bytes(size.bytes)})`;
  return `Adopted: ${path} leads to ${root} now${holds}; every path in it is as before, no service need be restarted`;
}

interface NextCommand {
  readonly command: string;
  readonly does: string;
}

function nextCommands(path: string): NextCommand[] {
  const guard = `--guard ${shellWord(path)}`;
  return [
    { command: `boot-sentinel service install --drop-in UNIT ${guard}`, does: "guards the service of that unit" },
    { command: `boot-sentinel swap FILE --to VERSION ${guard}`, does: "the next release: a directory or an archive" },
  ];
}

function undo(path: string, root: string): NextCommand {
  const [link, release, releases] = [path, root, directoryOf(root)].map((word) => shellWord(word));
  return { command: `rm ${link} && mv ${release} ${link} && rmdir ${releases}`, does: "undoes this" };
}
