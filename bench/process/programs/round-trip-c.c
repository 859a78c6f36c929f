// Round trips of 64 bytes over a socket pair between two processes: the least
// that a conversation through the kernel costs. Blocking, or spinning on a
// non-blocking socket; each side on a core of its own, or both on one.
// usage: round-trip-c SECONDS blocking|spinning CORE CORE

#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { bytes = 64, tripsBetweenClocks = 256 };

static double nowSeconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + now.tv_nsec / 1e9;
}

static void pinTo(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) perror("sched_setaffinity");
}

static int receive(int fd, char *buffer, int flags) {
  ssize_t got;
  do got = recv(fd, buffer, bytes, flags);
  while (got < 0 && (errno == EAGAIN || errno == EINTR));
  return got == bytes;
}

static double processorSeconds(int who) {
  struct rusage used;
  getrusage(who, &used);
  return used.ru_utime.tv_sec + used.ru_stime.tv_sec + (used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

int main(int count, char **words) {
  if (count != 5) return 2;
  double seconds = atof(words[1]);
  int flags = strcmp(words[2], "spinning") == 0 ? MSG_DONTWAIT : 0;
  int pair[2];
  char buffer[bytes] = "ping";
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0) return 1;
  pid_t child = fork();
  if (child == 0) {
    close(pair[0]);
    pinTo(atoi(words[4]));
    while (receive(pair[1], buffer, flags)) send(pair[1], buffer, bytes, MSG_NOSIGNAL);
    _exit(0);
  }
  close(pair[1]);
  pinTo(atoi(words[3]));
  long trips = 0;
  double started = nowSeconds(), elapsed = 0;
  while (elapsed < seconds) {
    for (int trip = 0; trip < tripsBetweenClocks; trip++) {
      send(pair[0], buffer, bytes, MSG_NOSIGNAL);
      if (!receive(pair[0], buffer, flags)) return 1;
    }
    trips += tripsBetweenClocks;
    elapsed = nowSeconds() - started;
  }
  close(pair[0]);
  waitpid(child, NULL, 0);
  double used = processorSeconds(RUSAGE_SELF) + processorSeconds(RUSAGE_CHILDREN);
  printf("{\"perSecond\":%.1f,\"processorUs\":%.4f}\n", trips / elapsed, used * 1e6 / trips);
  return 0;
}
