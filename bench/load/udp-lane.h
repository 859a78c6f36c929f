/*
 * A lane is one socket of the closed-loop UDP load with its window of slots.
 * A slot holds one message in flight; when its reply is in, or the message is
 * declared lost, the slot becomes ready to send its next message.
 */
#ifndef LANEWORK_BENCH_UDP_LANE_H
#define LANEWORK_BENCH_UDP_LANE_H

#include "udp.h"

#define LANE_BATCH 64

typedef struct {
  uint64_t sequence;
  uint64_t sentAtNs;
  int waiting;
} Slot;

typedef struct {
  int handle;
  int window;
  int messageBytes;
  int readyCount;
  int *ready;
  Slot *slots;
  char *messages;
} Lane;

void openLane(Lane *lane, const Options *options, int window);
/* Sends up to one batch of the messages that are ready. */
void sendReady(Lane *lane, Result *result, uint64_t now);
void acceptReply(Lane *lane, Result *result, const char *message, int lengthBytes, uint64_t now);
/* Declares overdue messages lost and returns how many are still waited for. */
uint64_t expireLost(Lane *lane, Result *result, uint64_t now);

#endif
