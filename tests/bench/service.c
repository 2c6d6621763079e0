/*
 * The service that the contestants start. Its first instruction of ours writes down when it ran.
 *
 *     service                  ends at once, with 0
 *     service FILE             writes "NANOSECONDS PID" (CLOCK_MONOTONIC) to FILE and stays
 *     service FILE PORT        the same, and answers every request on that port of the loopback interface with "good"
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int serve(int port) {
  static const char answer[] = "HTTP/1.0 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\ngood";
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int yes = 1;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 16) != 0) return 1;
  for (;;) {
    char request[2048];
    int client = accept(listener, NULL, NULL);
    if (client < 0) continue;
    if (read(client, request, sizeof request) > 0 && write(client, answer, sizeof answer - 1) < 0) perror("write");
    close(client);
  }
}

int main(int argc, char **argv) {
  if (argc < 2) return 0;
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  int out = open(argv[1], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  dprintf(out, "%lld %d\n", time.tv_sec * 1000000000LL + time.tv_nsec, getpid());
  close(out);
  if (argc > 2) return serve(atoi(argv[2]));
  for (;;) pause();
}
