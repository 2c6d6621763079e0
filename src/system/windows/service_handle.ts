/** Calls of the Windows service control manager (SCM) about one service. @module */
import { pointerOf } from "../ffi/ffi.ts";
import { fromWide, lastError, Struct, systemLibrary, wide, WIN32, Win32Error } from "./win32.ts";

const api = systemLibrary("advapi32.dll", {
  OpenSCManagerW: [["u64", "u64", "u32"], "u64"],
  // deno-fmt-ignore
  CreateServiceW: [
      ["u64", "ptr", "ptr", "u32", "u32", "u32", "u32", "ptr", "u64", "u64", "u64", "ptr", "ptr"],
      "u64",
    ],
  OpenServiceW: [["u64", "ptr", "u32"], "u64"],
  ChangeServiceConfig2W: [["u64", "u32", "ptr"], "i32"],
  QueryServiceConfig2W: [["u64", "u32", "ptr", "u32", "ptr"], "i32"],
  QueryServiceConfigW: [["u64", "ptr", "u32", "ptr"], "i32"],
  QueryServiceStatusEx: [["u64", "i32", "ptr", "u32", "ptr"], "i32"],
  ControlService: [["u64", "u32", "ptr"], "i32"],
  StartServiceW: [["u64", "u32", "u64"], "i32"],
  DeleteService: [["u64"], "i32"],
  CloseServiceHandle: [["u64"], "i32"],
});

const MANAGER_CONNECT = 0x1;
const MANAGER_CREATE = 0x2;
const ALL_ACCESS = 0xf01ff;
const READ_ACCESS = 0x1 | 0x4;
const OWN_PROCESS = 0x10;
const LOG_ERRORS = 1;
const ROOM = 8192;

/** The information levels of ChangeServiceConfig2 and QueryServiceConfig2. */
export const CONFIG = { description: 1, failureActions: 2, delayedStart: 3, failureFlag: 4, preshutdown: 7 } as const;

/** The state of a service. */
export type ServiceState =
  | "stopped"
  | "startPending"
  | "stopPending"
  | "running"
  | "continuePending"
  | "pausePending"
  | "paused"
  | "unknown";

const STATES: readonly ServiceState[] = [
  "unknown",
  "stopped",
  "startPending",
  "stopPending",
  "running",
  "continuePending",
  "pausePending",
  "paused",
];

/** A service to create. */
export interface NewService {
  readonly displayName: string;
  readonly startType: number;
  readonly line: string;
  readonly account: string | undefined;
  readonly password: string | undefined;
}

function advice(code: number): string {
  const texts: Readonly<Record<number, string>> = {
    5: "nothing was changed; run this as an administrator",
    1057: "nothing was changed; set the account as DOMAIN\\user, and its password",
    1060: "nothing was changed; `sc query state= all` lists the services",
    1072: "it is removed when the last program that has it open (such as services.msc) is closed; try again then",
    1073: "nothing was changed; uninstall it first, or use another name",
  };
  return texts[code] ?? "nothing was changed";
}

function open(access: number): bigint {
  const handle = api().OpenSCManagerW(0n, 0n, access);
  if (handle !== 0n) return handle;
  const code = lastError();
  throw new Win32Error("connect to the service control manager", code, advice(code));
}

/** The SCM. */
export function manager(): { create(name: string, service: NewService): void } {
  return {
    create(name, service) {
      const scm = open(MANAGER_CONNECT | MANAGER_CREATE);
      try {
        const { displayName, line, account, password, startType } = service;
        const handle = api().CreateServiceW(
          scm,
          wide(name),
          wide(displayName),
          ALL_ACCESS,
          OWN_PROCESS,
          startType,
          LOG_ERRORS,
          wide(line),
          0n,
          0n,
          0n,
          account === undefined ? null : wide(account),
          password === undefined ? null : wide(password),
        );
        const code = lastError();
        if (handle === 0n) throw new Win32Error(`install the service ${name}`, code, advice(code));
        api().CloseServiceHandle(handle);
      } finally {
        api().CloseServiceHandle(scm);
      }
    },
  };
}

/**
 * Calls `use` with an open service, then closes it. `verb` is for error messages, and "show" opens it for reading only.
 */
export function withService<T>(name: string, verb: string, use: (service: ServiceHandle) => T): T {
  const scm = open(MANAGER_CONNECT);
  try {
    const handle = api().OpenServiceW(scm, wide(name), verb === "show" ? READ_ACCESS : ALL_ACCESS);
    const code = lastError();
    if (handle === 0n) throw new Win32Error(`${verb} the service ${name}`, code, advice(code));
    try {
      return use(new ServiceHandle(name, handle));
    } finally {
      api().CloseServiceHandle(handle);
    }
  } finally {
    api().CloseServiceHandle(scm);
  }
}

/** An open service. */
export class ServiceHandle {
  constructor(readonly name: string, readonly handle: bigint) {}

  set(level: number, info: Struct): void {
    if (api().ChangeServiceConfig2W(this.handle, level, info.bytes) !== 0) return;
    throw new Win32Error(`configure the service ${this.name}`, lastError());
  }

  /** The information of a level; `undefined` if this Windows does not have the level. */
  get(level: number): Struct | undefined {
    const info = new Struct(ROOM);
    const needed = new Uint32Array(1);
    return api().QueryServiceConfig2W(this.handle, level, info.bytes, ROOM, needed) === 0 ? undefined : info;
  }

  text(level: number, offset: number): string {
    const info = this.get(level);
    return info === undefined ? "" : textIn(info, offset);
  }

  restartDelays(): number[] {
    const info = this.get(CONFIG.failureActions);
    if (info === undefined || info.handle(32) === 0n) return [];
    const start = Number(info.handle(32) - pointerOf(info.bytes));
    if (start < 0 || start > ROOM - info.u32(24) * 8) return [];
    const actions = Array.from({ length: info.u32(24) }, (_, index) => start + index * 8);
    return actions.filter((at) => info.u32(at) === 1).map((at) => info.u32(at + 4));
  }

  /** Requests a stop. A service that is not running is not an error. */
  requestStop(): void {
    if (api().ControlService(this.handle, 1, new Struct(28).bytes) !== 0) return;
    const code = lastError();
    // 1061: it is already stopping, or still starting. The caller waits until it has stopped.
    if (code === WIN32.SERVICE_NOT_ACTIVE || code === 1061) return;
    throw new Win32Error(`stop the service ${this.name}`, code, "its state is unchanged");
  }

  start(): boolean {
    return api().StartServiceW(this.handle, 0, 0n) !== 0;
  }

  delete(): void {
    if (api().DeleteService(this.handle) !== 0) return;
    const code = lastError();
    throw new Win32Error(`remove the service ${this.name}`, code, advice(code));
  }
}

/** The basic configuration. */
export function readConfig(service: ServiceHandle) {
  const info = new Struct(ROOM);
  if (api().QueryServiceConfigW(service.handle, info.bytes, ROOM, new Uint32Array(1)) === 0) {
    throw new Win32Error(`read the configuration of the service ${service.name}`, lastError());
  }
  return {
    startType: info.u32(4),
    line: textIn(info, 16),
    account: textIn(info, 48),
    displayName: textIn(info, 56),
  };
}

/** The current state. */
export function readStatus(service: ServiceHandle) {
  const info = new Struct(36);
  if (api().QueryServiceStatusEx(service.handle, 0, info.bytes, 36, new Uint32Array(1)) === 0) {
    throw new Win32Error(`read the state of the service ${service.name}`, lastError());
  }
  return {
    state: STATES[info.u32(4)] ?? "unknown",
    exitCode: info.u32(12),
    specificCode: info.u32(16),
    pid: info.u32(28),
  };
}

/** The string to which the pointer at `offset` points. The SCM puts strings behind the struct, in the same buffer. */
function textIn(info: Struct, offset: number): string {
  const address = info.handle(offset);
  if (address === 0n) return "";
  const start = Number(address - pointerOf(info.bytes));
  return start < 0 || start >= ROOM ? "" : fromWide(new Uint16Array(info.bytes.buffer, 0, ROOM / 2), start / 2);
}
