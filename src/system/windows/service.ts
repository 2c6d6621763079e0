/**
 * This process as a service of the Windows service manager.
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

/** What the service manager wants. Shutdown and preshutdown come once each, when the machine goes down. */
export type ServiceControl = "stop" | "shutdown" | "preshutdown";

/** How a service ended: by order or for its own good reasons, or by a failure that recovery actions shall see. */
export type ServiceEnd = { readonly kind: "clean" } | { readonly kind: "failed"; readonly code: number };

/** The connection of a running service to its manager. */
export interface ServiceLink {
  /** "Still starting, the next word comes within `waitMs`". Every call is a checkpoint: proof of progress. */
  starting(waitMs: number): void;
  /** "Running": from now on the controls are accepted. Says nothing unless it is starting. */
  running(): void;
  /** "Stopping, the next word comes within `waitMs`". Every call is a checkpoint. */
  stopping(waitMs: number): void;
  /**
   * "Stopped". The last word; resolves when the manager has taken leave, and the process should end then. A failure is
   * reported as service-specific code (1066), for which recovery actions run if the non-crash failure flag is set.
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
 * Connects to the service manager, if that started this process, and reports START_PENDING. Do it first: the manager
 * gives a new process 30 seconds (error 1053), and every other work can come after it.
 *
 * The dispatcher has a thread of its own; the controls reach `onControl` through the event loop. While synchronous
 * code holds that up, controls wait and the manager goes by the last wait hint.
 *
 * @returns `undefined` when the service manager did not start this process. That is known within milliseconds.
 */
export function connectService(onControl: (control: ServiceControl) => void): Promise<ServiceLink | undefined> {
  // Outside a service the dispatcher may wait ten seconds (wine) for a control pipe that belongs to another service.
  if (!mayBeService()) return Promise.resolve(undefined);
  // An own-process service need not know its name.
  const name = wide("");
  return new Promise((resolve, reject) => {
    let report: Reporter | undefined;
    const handler = nativeCallback(["u32"], (control) => {
      if (control === INTERROGATE) report?.repeat();
      const known = CONTROLS[control];
      if (known !== undefined) onControl(known);
    });
    const main = nativeCallback(["u32", "u64"], () => {
      // The plain handler, not the Ex one: the manager would take its result for an error code, and a callback on
      // another thread has none to give on Bun. Preshutdown reaches both.
      const handle = api().RegisterServiceCtrlHandlerW(name, handler.address);
      if (handle === 0n) {
        return reject(new Win32Error("register with the service manager", lastError(), "the service was not started"));
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
    // The thread returns at once when this is no service (1063), and else when the service has stopped. This timer
    // also keeps the struct and the callbacks referenced for as long as native code uses them.
    let dispatcherEnded: () => void;
    const ended = new Promise<void>((done) => dispatcherEnded = done);
    const look = () => {
      if (!isSignalled(thread)) return void setTimeout(look, report === undefined ? 2 : 50);
      table.u32(0);
      closeHandle(thread);
      handler.close();
      main.close();
      dispatcherEnded();
      resolve(undefined);
    };
    look();
  });
}

/** Whether the service manager's process can have started this one: it starts services itself and never ends. */
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
    // Bounded: a manager that does not end the dispatcher must not keep the process.
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
    // A refusal changes nothing that could be done better: the manager then goes by what it heard before.
    api().SetServiceStatus(this.#handle, this.#status.bytes);
  }
}
