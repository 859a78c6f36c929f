/*
 * TCP echo load: --port P --connections 64 --in-flight 1 --size 32 --seconds S
 * keeps the given number of messages in flight on every connection. Whatever
 * came back complete in one read is followed by as many new messages in one send.
 * The loop spins on epoll, so that a server never pays for waking the load.
 */
#define _GNU_SOURCE
#include "tcp-connection.h"
#include <stdlib.h>
#include <sys/epoll.h>

/* Replies that have not come this long after the end are counted as lost. */
#define DRAIN_NS 1000000000ull
#define EVENTS 256

static Connection *openConnections(const Options *options, int poller) {
  Connection *connections = calloc((size_t)options->connections, sizeof *connections);
  if (!connections) fail("calloc");
  for (int index = 0; index < options->connections; index++) {
    openConnection(&connections[index], options, poller);
  }
  return connections;
}

static void serveEvent(Connection *connection, Result *result, uint64_t now, int mayLoad) {
  int complete = readReplies(connection, result, now);
  if (connection->handle < 0) return;
  if (complete && mayLoad) addMessages(connection, result, complete, now);
  if (connection->outgoingBytes) flushMessages(connection);
}

int main(int count, char **words) {
  Options options = readOptions(count, words);
  Result *result = calloc(1, sizeof *result);
  if (!result) fail("calloc");
  raiseOpenFiles();
  int poller = epoll_create1(EPOLL_CLOEXEC);
  Connection *connections = openConnections(&options, poller);
  uint64_t now = nowNs(), stopNs = now + (uint64_t)(options.seconds * 1e9);
  for (int index = 0; index < options.connections; index++) {
    addMessages(&connections[index], result, options.inFlight, now);
    flushMessages(&connections[index]);
  }
  struct epoll_event events[EVENTS];
  while (now < stopNs || (result->received < result->sent && now < stopNs + DRAIN_NS)) {
    int ready = epoll_wait(poller, events, EVENTS, 0);
    now = nowNs();
    int mayLoad = now < stopNs;
    for (int index = 0; index < ready; index++) {
      serveEvent(events[index].data.ptr, result, now, mayLoad);
    }
    if (mayLoad) result->receivedInTime = result->received;
  }
  result->lost = result->sent - result->received;
  result->seconds = options.seconds;
  printResult(result);
  return 0;
}
