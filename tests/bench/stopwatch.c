/*
 * Starts a program and writes down when: its start and its pid on a line, and on the next its end and the processor time
 * that it took (nanoseconds, CLOCK_MONOTONIC). A small program measures it because a runtime takes longer to start a child than the child does.
 *
 *     stopwatch FILE PROGRAM ARGS…
 */
#define _DEFAULT_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static long long nanoseconds(struct timeval time) {
  return time.tv_sec * 1000000000LL + time.tv_usec * 1000LL;
}

int main(int argc, char **argv) {
  if (argc < 3) return 64;
  int out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  pid_t pid;
  int status;
  struct rusage used;
  long long began = now();
  if (posix_spawnp(&pid, argv[2], NULL, NULL, argv + 2, environ) != 0) return 127;
  dprintf(out, "%lld %d\n", began, pid);
  if (wait4(pid, &status, 0, &used) != pid) return 70;
  dprintf(out, "%lld %lld\n", now(), nanoseconds(used.ru_utime) + nanoseconds(used.ru_stime));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
