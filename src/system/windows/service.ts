/**
 * Connects this process to the Windows service control manager (SCM), as a service.
 *
 * @module
 */
import { nativeCallback } from "../ffi/ffi.ts";
import { functionAddress } from "./console.ts";
import { parentName } from "./parent.ts";
import { closeHandle, isSignalled, lastError, Struct, systemLibrary, wide, WIN32, Win32Error } from "./win32.ts";

const api = systemLibrary("advapi32.dll", {
  RegisterServiceCtrlHandlerW: [["ptr", "u64"], "u64"],
  SetServiceStatus: [["u64", "ptr"], "i32"],
});
const kernel = systemLibrary("kernel32.dll", {
  CreateThread: [["u64", "u64", "u64", "ptr", "u32", "u64"], "u64"],
});

/** A control that the SCM sends. `shutdown` and `preshutdown` come once each, when the machine shuts down. */
export type ServiceControl = "stop" | "shutdown" | "preshutdown";

/** How a service ended: as requested or with exit code 0, or by a failure, for which recovery actions should run. */
export type ServiceEnd = { readonly kind: "clean" } | { readonly kind: "failed"; readonly code: number };

/** The connection of a running service to the SCM. */
export interface ServiceLink {
  /** Reports START_PENDING, with a checkpoint. `waitMs`: the wait hint, the longest time until the next report. */
  starting(waitMs: number): void;
  /** Reports RUNNING, if it is starting. From then on controls are accepted. */
  running(): void;
  /** Reports STOP_PENDING, with a checkpoint. `waitMs`: the wait hint. */
  stopping(waitMs: number): void;
  /**
   * Reports STOPPED, and resolves when the SCM has closed the connection. The process has to end then. A failure is
   * reported as a service-specific code (1066): recovery actions run for it if the service's failure flag is set.
   */
  stopped(end: ServiceEnd): Promise<void>;
}

const STATE = { stopped: 1, startPending: 2, stopPending: 3, running: 4 } as const;
const CONTROLS: Readonly<Record<number, ServiceControl>> = { 1: "stop", 5: "shutdown", 15: "preshutdown" };
const ACCEPT_STOP_SHUTDOWN_PRESHUTDOWN = 0x1 | 0x4 | 0x100;
const OWN_PROCESS = 0x10;
const START_WAIT_MS = 30_000;
const INTERROGATE = 4;

/**
 * Connects to the SCM, if that started this process, and reports START_PENDING. Call it first: the SCM waits only 30
 * seconds for a new process (error 1053).
 *
 * The dispatcher has a thread of its own, and controls come to `onControl` through the event loop. They are delayed
 * while synchronous code runs; meanwhile the SCM waits as long as the last wait hint says.
 *
 * @returns `undefined` when the SCM did not start this process.
 */
export function connectService(onControl: (control: ServiceControl) => void): Promise<ServiceLink | undefined> {
  // Checked first: in a process that is not a service, wine's dispatcher can wait ten seconds before it fails.
  if (!mayBeService()) return Promise.resolve(undefined);
  // A service with a process of its own may register under an empty name.
  const name = wide("");
  return new Promise((resolve, reject) => {
    let report: Reporter | undefined;
    const handler = nativeCallback(["u32"], (control) => {
      if (control === INTERROGATE) report?.repeat();
      const known = CONTROLS[control];
      if (known !== undefined) onControl(known);
    });
    const main = nativeCallback(["u32", "u64"], () => {
      // Not RegisterServiceCtrlHandlerExW: its handler has to return an error code, but under Bun a callback returns
      // nothing to another thread. Both get the preshutdown control.
      const handle = api().RegisterServiceCtrlHandlerW(name, handler.address);
      if (handle === 0n) {
        return reject(new Win32Error("register as a service", lastError(), "the service was not started"));
      }
      report = new Reporter(handle, ended);
      report.set(STATE.startPending, START_WAIT_MS);
      resolve(report);
    });
    const table = new Struct(32).setPointer(0, name).setHandle(8, main.address);
    const dispatcher = functionAddress("advapi32.dll", "StartServiceCtrlDispatcherW");
    const thread = kernel().CreateThread(0n, 0n, dispatcher, table.bytes, 0, 0n);
    if (thread === 0n) {
      return reject(
        new Win32Error("start the service dispatcher's thread", lastError(), "the service was not started"),
      );
    }
    // The thread ends at once if this process is not a service (error 1063), else when the service has stopped. The
    // timer also keeps the struct and the callbacks alive while native code uses them.
    let dispatcherEnded: () => void;
    const ended = new Promise<void>((done) => dispatcherEnded = done);
    const poll = () => {
      if (!isSignalled(thread)) return void setTimeout(poll, report === undefined ? 2 : 50);
      table.u32(0);
      closeHandle(thread);
      handler.close();
      main.close();
      dispatcherEnded();
      resolve(undefined);
    };
    poll();
  });
}

/**
 * True if services.exe, the SCM, can be the parent of this process. It never ends, so the parent can always be found.
 */
function mayBeService(): boolean {
  const parent = parentName();
  return parent === undefined || parent.toLowerCase() === "services.exe";
}

class Reporter implements ServiceLink {
  readonly #handle: bigint;
  readonly #ended: Promise<void>;
  #checkpoint = 0;
  #status = new Struct(28);
  #state: number = STATE.startPending;

  constructor(handle: bigint, ended: Promise<void>) {
    this.#handle = handle;
    this.#ended = ended;
  }

  starting(waitMs: number): void {
    if (this.#state === STATE.startPending) this.set(STATE.startPending, waitMs);
  }

  running(): void {
    if (this.#state === STATE.startPending) this.set(STATE.running, 0);
  }

  stopping(waitMs: number): void {
    if (this.#state !== STATE.stopped) this.set(STATE.stopPending, waitMs);
  }

  async stopped(end: ServiceEnd): Promise<void> {
    if (this.#state === STATE.stopped) return;
    this.set(STATE.stopped, 0, end.kind === "clean" ? 0 : end.code);
    // At most 2 s: the process must end even if the SCM does not end the dispatcher.
    await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, 2000))]);
  }

  set(state: number, waitMs: number, failure = 0): void {
    const pending = state === STATE.startPending || state === STATE.stopPending;
    this.#checkpoint = !pending ? 0 : state === this.#state ? this.#checkpoint + 1 : 1;
    this.#state = state;
    this.#status = new Struct(28)
      .setU32(0, OWN_PROCESS)
      .setU32(4, state)
      .setU32(8, state === STATE.running ? ACCEPT_STOP_SHUTDOWN_PRESHUTDOWN : 0)
      .setU32(12, failure === 0 ? 0 : WIN32.SERVICE_SPECIFIC_ERROR)
      .setU32(16, failure)
      .setU32(20, this.#checkpoint)
      .setU32(24, waitMs);
    this.repeat();
  }

  repeat(): void {
    // An error is ignored: nothing else could be done, and the SCM keeps the last state that it got.
    api().SetServiceStatus(this.#handle, this.#status.bytes);
  }
}
