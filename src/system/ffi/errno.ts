/** The names of Linux's error numbers, which are the same on x64 and arm64. @module */

/** The names of the numbers from 1 on. */
const FIRST =
  ("EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN ENOMEM EACCES EFAULT ENOTBLK EBUSY " +
    "EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE EROFS EMLINK EPIPE EDOM " +
    "ERANGE EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP").split(" ");

/** The other error numbers that file systems and sockets return. */
const OTHERS: Readonly<Record<number, string>> = {
  61: "ENODATA",
  75: "EOVERFLOW",
  95: "ENOTSUP",
  107: "ENOTCONN",
  110: "ETIMEDOUT",
  111: "ECONNREFUSED",
  116: "ESTALE",
  122: "EDQUOT",
};

/** The name of an error number, such as `ENOENT` for 2. */
export function errnoName(code: number): string {
  return FIRST[code - 1] ?? OTHERS[code] ?? `errno ${code}`;
}
