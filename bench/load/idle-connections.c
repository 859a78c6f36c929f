/*
 * Opens --idle N TCP connections to --port P, prints "ready", and holds them
 * until its standard input closes. It then counts those still open, so that a
 * server that quietly dropped connections cannot look frugal.
 * When one source address has no port left, the next 127.0.0.x is used.
 */
#define _GNU_SOURCE
#include "common.h"
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define LAST_SOURCE 250

static int source = 1;

static int openFrom(int hostNumber, int port) {
  int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) fail("socket");
  if (hostNumber > 1) {
    struct sockaddr_in local = loopback(0);
    local.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)hostNumber - 1);
    if (bind(handle, (struct sockaddr *)&local, sizeof local)) {
      close(handle);
      return -1;
    }
  }
  /* A server that stops accepting must not hold this program for minutes. */
  struct timeval patience = {.tv_sec = 5};
  setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  struct sockaddr_in address = loopback(port);
  if (!connect(handle, (struct sockaddr *)&address, sizeof address)) return handle;
  int reason = errno;
  close(handle);
  errno = reason;
  return -1;
}

static int openNext(int port) {
  for (; source <= LAST_SOURCE; source++) {
    int handle = openFrom(source, port);
    if (handle >= 0) return handle;
    if (errno != EADDRNOTAVAIL && errno != EADDRINUSE) fail("connect");
  }
  fail("no source port left");
  return -1;
}

static int isOpen(int handle) {
  char byte;
  return recv(handle, &byte, 1, MSG_DONTWAIT | MSG_PEEK) < 0 && errno == EAGAIN;
}

int main(int count, char **words) {
  Options options = readOptions(count, words);
  raiseOpenFiles();
  int *handles = calloc((size_t)options.idle + 1, sizeof *handles);
  if (!handles) fail("calloc");
  for (int index = 0; index < options.idle; index++) handles[index] = openNext(options.port);
  printf("ready\n");
  fflush(stdout);
  char ignored[256];
  while (read(STDIN_FILENO, ignored, sizeof ignored) > 0) continue;
  int stillOpen = 0;
  for (int index = 0; index < options.idle; index++) stillOpen += isOpen(handles[index]);
  printf("{\"opened\":%d,\"stillOpen\":%d}\n", options.idle, stillOpen);
  return 0;
}
