/*
 * One connection of the TCP load: see tcp-connection.h. At most a window of
 * messages is ever in flight, so both buffers are one window long and neither
 * can run over.
 */
#define _GNU_SOURCE
#include "tcp-connection.h"
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t windowBytes(const Connection *connection) {
  return (size_t)connection->inFlight * (size_t)connection->sizeBytes;
}

static void watch(Connection *connection, int operation, unsigned interest) {
  struct epoll_event event = {.events = interest, .data.ptr = connection};
  if (epoll_ctl(connection->poller, operation, connection->handle, &event)) fail("epoll_ctl");
}

void openConnection(Connection *connection, const Options *options, int poller) {
  *connection = (Connection){.poller = poller, .sizeBytes = options->sizeBytes, .inFlight = (uint64_t)options->inFlight};
  struct sockaddr_in address = loopback(options->port);
  connection->handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->handle < 0) fail("socket");
  if (connect(connection->handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
  int on = 1;
  setsockopt(connection->handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  fcntl(connection->handle, F_SETFL, O_NONBLOCK);
  connection->sentAtNs = calloc(connection->inFlight, sizeof *connection->sentAtNs);
  connection->incoming = malloc(windowBytes(connection));
  connection->outgoing = malloc(windowBytes(connection));
  if (!connection->sentAtNs || !connection->incoming || !connection->outgoing) fail("malloc");
  watch(connection, EPOLL_CTL_ADD, EPOLLIN);
}

static void closeConnection(Connection *connection) {
  close(connection->handle);
  connection->handle = -1;
}

void addMessages(Connection *connection, Result *result, int count, uint64_t now) {
  for (int index = 0; index < count; index++) {
    char *message = connection->outgoing + connection->outgoingBytes;
    fillMessage(message, connection->sizeBytes);
    Header header = {connection->nextSequence, now};
    memcpy(message, &header, sizeof header);
    connection->sentAtNs[connection->nextSequence++ % connection->inFlight] = now;
    connection->outgoingBytes += (size_t)connection->sizeBytes;
  }
  result->sent += (uint64_t)count;
}

void flushMessages(Connection *connection) {
  char *unsent = connection->outgoing;
  ssize_t taken = send(connection->handle, unsent, connection->outgoingBytes, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN) return closeConnection(connection);
  if (taken > 0) {
    connection->outgoingBytes -= (size_t)taken;
    memmove(unsent, unsent + taken, connection->outgoingBytes);
  }
  int wantsWritable = connection->outgoingBytes > 0;
  if (wantsWritable == connection->wantsWritable) return;
  connection->wantsWritable = wantsWritable;
  watch(connection, EPOLL_CTL_MOD, wantsWritable ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void checkReply(Connection *connection, Result *result, const char *message, uint64_t now) {
  Header header;
  memcpy(&header, message, sizeof header);
  uint64_t sequence = connection->expectedSequence++;
  uint64_t sentAtNs = connection->sentAtNs[sequence % connection->inFlight];
  latencyRecord(&result->latency, now - sentAtNs);
  if (header.sequence == sequence && header.sentAtNs == sentAtNs &&
      fillerMatches(message, connection->sizeBytes)) {
    return;
  }
  result->mismatched++;
}

int readReplies(Connection *connection, Result *result, uint64_t now) {
  char *incoming = connection->incoming;
  size_t room = windowBytes(connection) - connection->incomingBytes;
  ssize_t got = recv(connection->handle, incoming + connection->incomingBytes, room, MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN)) closeConnection(connection);
  if (got <= 0) return 0;
  connection->incomingBytes += (size_t)got;
  size_t sizeBytes = (size_t)connection->sizeBytes, usedBytes = 0;
  int count = 0;
  while (usedBytes + sizeBytes <= connection->incomingBytes) {
    checkReply(connection, result, incoming + usedBytes, now);
    usedBytes += sizeBytes;
    count++;
  }
  connection->incomingBytes -= usedBytes;
  memmove(incoming, incoming + usedBytes, connection->incomingBytes);
  result->received += (uint64_t)count;
  return count;
}
