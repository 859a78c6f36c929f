/*
 * The C yardstick for TCP: one thread, level-triggered epoll, one read and one
 * send per ready connection. The read buffer is shared by all connections; only
 * bytes the kernel would not take are kept aside, and reading waits for them.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>
#include <errno.h>

#define READ_BYTES 65536

typedef struct {
  int handle;
  char *unsent;
  size_t unsentBytes;
} Connection;

static int poller;
static char space[READ_BYTES];

static void watch(Connection *connection, int operation, unsigned interest) {
  struct epoll_event event = {.events = interest, .data.ptr = connection};
  epoll_ctl(poller, operation, connection->handle, &event);
}

static void release(Connection *connection) {
  close(connection->handle);
  free(connection->unsent);
  free(connection);
}

static void acceptOne(int listener) {
  int handle = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (handle < 0) return;
  int on = 1;
  setsockopt(handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  Connection *connection = calloc(1, sizeof *connection);
  if (!connection) exit(1);
  connection->handle = handle;
  watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

/* Returns how many bytes were taken, or -1 when the connection is over. */
static ssize_t sendSome(Connection *connection, const char *bytes, size_t lengthBytes) {
  ssize_t taken = send(connection->handle, bytes, lengthBytes, MSG_NOSIGNAL);
  if (taken < 0 && errno == EAGAIN) return 0;
  return taken;
}

static void echo(Connection *connection) {
  ssize_t got = read(connection->handle, space, READ_BYTES);
  if (got < 0 && errno == EAGAIN) return;
  ssize_t taken = got > 0 ? sendSome(connection, space, (size_t)got) : -1;
  if (taken < 0) return release(connection);
  if (taken == got) return;
  connection->unsentBytes = (size_t)(got - taken);
  connection->unsent = malloc(connection->unsentBytes);
  if (!connection->unsent) exit(1);
  memcpy(connection->unsent, space + taken, connection->unsentBytes);
  watch(connection, EPOLL_CTL_MOD, EPOLLOUT);
}

static void finishSending(Connection *connection) {
  ssize_t taken = sendSome(connection, connection->unsent, connection->unsentBytes);
  if (taken < 0) return release(connection);
  connection->unsentBytes -= (size_t)taken;
  memmove(connection->unsent, connection->unsent + taken, connection->unsentBytes);
  if (connection->unsentBytes) return;
  free(connection->unsent);
  connection->unsent = NULL;
  watch(connection, EPOLL_CTL_MOD, EPOLLIN);
}

static int listenOn(int port) {
  int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t lengthBytes = sizeof address;
  if (bind(listener, (struct sockaddr *)&address, lengthBytes) || listen(listener, 4096)) {
    perror("listen");
    exit(1);
  }
  getsockname(listener, (struct sockaddr *)&address, &lengthBytes);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return listener;
}

int main(int count, char **words) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  poller = epoll_create1(0);
  Connection listener = {.handle = listenOn(count > 1 ? atoi(words[1]) : 0)};
  watch(&listener, EPOLL_CTL_ADD, EPOLLIN);
  struct epoll_event events[256];
  for (;;) {
    int ready = epoll_wait(poller, events, 256, -1);
    for (int index = 0; index < ready; index++) {
      Connection *connection = events[index].data.ptr;
      if (connection == &listener) acceptOne(listener.handle);
      else if (connection->unsent) finishSending(connection);
      else echo(connection);
    }
  }
}
