/*
 * Slow clients: --clients N connections to --port P, all open until standard input closes. Every --every-ms, spread over
 * all of them, one in two sends a single byte of a line that it never finishes; the others send a whole line and never
 * read. A connection that the server ends is counted and opened again. Prints "ready" once all were open.
 */
#define _GNU_SOURCE
#include "../../load/common.h"
#include "pace.h"
#include "words.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOURCES 16

static const char line[] = "0123456789abcdef a line nobody reads the answer of\n";

static struct {
  uint64_t opened, failed, ended, bytes, unsent;
} counts;

static int openSlow(int port, int number) {
  int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) fail("socket");
  struct sockaddr_in source = loopback(0), address = loopback(port);
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(number % SOURCES));
  int roomBytes = 4096;
  struct timeval patience = {.tv_sec = 5};
  setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &roomBytes, sizeof roomBytes);
  setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (bind(handle, (struct sockaddr *)&source, sizeof source)) fail("bind");
  if (!connect(handle, (struct sockaddr *)&address, sizeof address)) {
    counts.opened++;
    return handle;
  }
  counts.failed++;
  close(handle);
  return -1;
}

/* True when the server has ended the connection; what it sent stays unread. */
static int hasEnded(int handle) {
  struct pollfd state = {.fd = handle, .events = POLLRDHUP};
  return poll(&state, 1, 0) > 0 && (state.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

static void act(int *handle, int number, int port) {
  if (*handle >= 0 && hasEnded(*handle)) {
    close(*handle);
    *handle = -1;
    counts.ended++;
  }
  if (*handle < 0) *handle = openSlow(port, number);
  if (*handle < 0) return;
  size_t bytes = number % 2 ? sizeof line - 1 : 1;
  ssize_t taken = send(*handle, line, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken > 0) counts.bytes += (uint64_t)taken;
  else counts.unsent++;
}

static int isOver(int timer) {
  struct pollfd watched[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = timer, .events = POLLIN}};
  if (poll(watched, 2, 100) < 0 && errno != EINTR) return 1;
  readTimer(timer);
  return watched[0].revents != 0;
}

int main(int count, char **words) {
  int port = (int)option(count, words, "--port", 0, 1, 65535);
  int clients = (int)option(count, words, "--clients", 5000, 1, 10000);
  double everyMs = option(count, words, "--every-ms", 1000, 10, 60000);
  raiseOpenFiles();
  int *handles = calloc((size_t)clients, sizeof *handles);
  if (!handles) fail("calloc");
  for (int number = 0; number < clients; number++) handles[number] = openSlow(port, number);
  printf("ready\n");
  fflush(stdout);
  uint64_t tickNs = 5000000, dueNs, next = 0;
  int timer = openTimer(tickNs);
  Pace pace = {.ratePerSecond = clients * 1000.0 / everyMs, .startNs = nowNs(), .tickNs = tickNs};
  while (!isOver(timer)) {
    for (uint64_t now = nowNs(); takeDue(&pace, now, &dueNs); next++) {
      int number = (int)(next % (uint64_t)clients);
      act(&handles[number], number, port);
    }
  }
  int open = 0;
  for (int number = 0; number < clients; number++) open += handles[number] >= 0 && !hasEnded(handles[number]);
  printf("{\"clients\":%d,\"opened\":%llu,\"failed\":%llu,\"ended\":%llu,\"open\":%d,\"bytes\":%llu,\"unsent\":%llu}\n",
         clients, (unsigned long long)counts.opened, (unsigned long long)counts.failed,
         (unsigned long long)counts.ended, open, (unsigned long long)counts.bytes, (unsigned long long)counts.unsent);
  return 0;
}
