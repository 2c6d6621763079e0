/** Constants of Linux's ABI. They are the same on x64 and arm64, unless `isArm` is used. @module */
import process from "../process/process.ts";

const isArm = process.arch === "arm64";

export const O_RDWR = 2;
export const O_NONBLOCK = 0o4000;
export const O_CLOEXEC = 0o2000000;
export const O_DIRECTORY: number = isArm ? 0o40000 : 0o200000;
/** A file without a name, in the directory that is opened. */
export const O_TMPFILE: number = 0o20000000 | O_DIRECTORY;
export const O_NOFOLLOW: number = isArm ? 0o100000 : 0o400000;

/** For `access` and `faccessat`. */
export const X_OK = 1;
export const W_OK = 2;
export const AT_EACCESS = 0x200;

/** For `statx`. */
export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_ATTR_IMMUTABLE = 0x10n;
export const STATX_ATTR_APPEND = 0x20n;
export const STATX_ATTR_MOUNT_ROOT = 0x2000n;

/** For `fcntl`. */
export const F_GETFD = 1;
export const F_SETFD = 2;
export const FD_CLOEXEC = 1;

/** For `flock`. */
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;

/** Signals. */
export const SIGPIPE = 13;
export const SIGSTKFLT = 16;
export const SIGCHLD = 17;
export const SIGXFSZ = 25;
export const SIGPWR = 30;
export const SIGRTMAX = 64;

/** Values of the handler in struct sigaction, a field of 64 bits. */
export const SIG_DFL = 0n;
export const SIG_IGN = 1;

/** For `prlimit`. */
export const RLIMIT_NOFILE = 7;

/** For `waitpid`. */
export const WNOHANG = 1;

/** For `sync_file_range`. */
export const SYNC_FILE_RANGE_WRITE = 2;

/** For `poll`, in `events` and `revents`. */
export const POLLIN = 1;
export const POLLOUT = 4;
export const POLLERR = 8;

/** System calls without a function in the C library. */
export const SYS_GETDENTS64: bigint = isArm ? 61n : 217n;

/** For `renameat2`. */
export const RENAME_EXCHANGE = 2;
