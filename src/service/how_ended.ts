/** How a service ended, in words. @module */
import type { ServiceEnd } from "./stopped.ts";

/** The program was killed for lack of memory. */
export const OUT_OF_MEMORY = "killed for lack of memory (OOM)";

/** Results that systemd names, where the exit code and the signal do not say enough. */
const RESULTS: Readonly<Record<string, string>> = {
  timeout: "systemd's timeout",
  watchdog: "systemd's watchdog",
  "oom-kill": OUT_OF_MEMORY,
  protocol: "it did not start as its Type= says (protocol)",
  resources: "systemd could not get what the unit needs (resources)",
  "exec-condition": "its ExecCondition= failed (exec-condition)",
  "start-limit-hit": "it was started too often (start-limit-hit)",
};

/** What systemd could not do before it executed the program, by the exit code: systemd.exec(5), "Process Exit Codes". */
const START_FAILURES: Readonly<Record<string, string>> = {
  200: "CHDIR",
  201: "NICE",
  202: "FDS",
  203: "EXEC",
  204: "MEMORY",
  205: "LIMITS",
  206: "OOM_ADJUST",
  207: "SIGNAL_MASK",
  208: "STDIN",
  209: "STDOUT",
  210: "CHROOT",
  211: "IOPRIO",
  212: "TIMERSLACK",
  213: "SECUREBITS",
  214: "SETSCHEDULER",
  215: "CPUAFFINITY",
  216: "GROUP",
  217: "USER",
  218: "CAPABILITIES",
  219: "CGROUP",
  220: "SETSID",
  221: "CONFIRM",
  222: "STDERR",
  224: "PAM",
  225: "NETWORK",
  226: "NAMESPACE",
  227: "NO_NEW_PRIVILEGES",
  228: "SECCOMP",
  229: "SELINUX_CONTEXT",
  230: "PERSONALITY",
  231: "APPARMOR",
  232: "ADDRESS_FAMILIES",
  233: "RUNTIME_DIRECTORY",
  235: "CHOWN",
  236: "SMACK_PROCESS_LABEL",
  237: "KEYRING",
  238: "STATE_DIRECTORY",
  239: "CACHE_DIRECTORY",
  240: "LOGS_DIRECTORY",
  241: "CONFIGURATION_DIRECTORY",
  242: "NUMA_POLICY",
  243: "CREDENTIALS",
};

/** How a service ended: `exit 1`, `SIGSEGV, core dumped`; `undefined` when systemd does not say. */
export function howEnded(end: Omit<ServiceEnd, "stopJob">): string | undefined {
  const named = RESULTS[end.result ?? ""];
  const own = processEnd(end);
  // With these the process can have ended in any way, or not have been started.
  const isOpen = end.result === "protocol" || end.result === "resources";
  return named === undefined ? own : isOpen && own !== undefined ? `${named}; ${own}` : named;
}

function processEnd({ result, exitCode, exitStatus }: Omit<ServiceEnd, "stopJob">): string | undefined {
  if (exitStatus === undefined) return undefined;
  switch (exitCode) {
    case "exited":
      return exitText(exitStatus);
    case "killed":
      // The code is of another command of the unit, after whose failure systemd ended the program.
      if (result === "exit-code") return "a command after its start failed (exit-code)";
      return `SIG${exitStatus}`;
    case "dumped":
      return `SIG${exitStatus}, core dumped`;
    default:
      return undefined;
  }
}

/** How a child process ended that a signal ended, or from which the kernel took one; `undefined`: its code says it. */
export function killedText(signal: string | undefined, isOutOfMemory: boolean): string | undefined {
  if (!isOutOfMemory) return signal;
  // The kernel can have killed another process of the service, which then ended by itself.
  return signal === "SIGKILL" ? OUT_OF_MEMORY : `${signal ?? "it ended"} after a process was ${OUT_OF_MEMORY}`;
}

/** What Windows ends a program with, by the exit code. */
const EXCEPTIONS: Readonly<Record<number, string>> = {
  0xc0000005: "access violation",
  0xc0000017: "no memory",
  0xc000001d: "illegal instruction",
  0xc0000094: "division by zero",
  0xc00000fd: "stack overflow",
  0xc0000135: "a DLL was not found",
  0xc0000139: "a DLL has no such entry point",
  0xc000013a: "Ctrl+C",
  0xc0000142: "a DLL could not be initialized",
  0xc0000409: "it was aborted",
  0xe0434352: "unhandled .NET exception",
};

/** How a program ended on Windows; `undefined`: by an exit code of its own. */
export function windowsEnd(exitCode: number): string | undefined {
  const known = EXCEPTIONS[exitCode];
  return known && `exception 0x${exitCode.toString(16)} (${known})`;
}

function exitText(code: string): string {
  const failure = START_FAILURES[code];
  if (failure === undefined) return `exit ${code}`;
  return failure === "EXEC" ? "it could not be executed (203/EXEC)" : `it could not be started (${code}/${failure})`;
}
