/*
 * One connection of the TCP load: what is in flight on it, the bytes of a reply
 * that is not complete yet and the bytes the kernel has not taken yet.
 */
#ifndef LANEWORK_BENCH_TCP_CONNECTION_H
#define LANEWORK_BENCH_TCP_CONNECTION_H

#include "common.h"
#include <stddef.h>

typedef struct {
  /* -1 once the server has closed the connection. */
  int handle;
  int poller;
  int wantsWritable;
  int sizeBytes;
  uint64_t inFlight;
  uint64_t nextSequence;
  uint64_t expectedSequence;
  uint64_t *sentAtNs;
  size_t incomingBytes;
  size_t outgoingBytes;
  char *incoming;
  char *outgoing;
} Connection;

void openConnection(Connection *connection, const Options *options, int poller);
/* Writes the next messages behind what is still unsent; flushMessages sends them. */
void addMessages(Connection *connection, Result *result, int count, uint64_t now);
void flushMessages(Connection *connection);
/* Reads once, checks every complete reply and returns how many there were. */
int readReplies(Connection *connection, Result *result, uint64_t now);

#endif
