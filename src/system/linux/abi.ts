/** Numbers of Linux's ABI; the same on x64 and arm64 unless the architecture is asked for. @module */
import process from "../process/process.ts";

const isArm = process.arch === "arm64";

export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_DIRECTORY: number = isArm ? 0o40000 : 0o200000;
export const O_NOFOLLOW: number = isArm ? 0o100000 : 0o400000;

/** Of `access`. */
export const F_OK = 0;
export const X_OK = 1;

/** Of `fcntl`. */
export const F_GETFD = 1;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;

/** Calls that older C libraries have no function for. */
export const SYS_GETDENTS64: bigint = isArm ? 61n : 217n;
export const SYS_STATX: bigint = isArm ? 291n : 332n;
