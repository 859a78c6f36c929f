/*
 * The slots of one socket in closed-loop UDP load: see udp-lane.h. A reply finds
 * its slot by the remainder of its sequence number, without a search, and the
 * next message of that slot has that number plus the window.
 */
#define _GNU_SOURCE
#include "udp-lane.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static struct mmsghdr outgoing[LANE_BATCH];
static struct iovec outgoingParts[LANE_BATCH];

void openLane(Lane *lane, const Options *options, int window) {
  lane->handle = openConnectedSocket(options->port);
  lane->window = window;
  lane->messageBytes = options->sizeBytes;
  lane->ready = calloc((size_t)window, sizeof *lane->ready);
  lane->slots = calloc((size_t)window, sizeof *lane->slots);
  lane->messages = malloc((size_t)window * (size_t)lane->messageBytes);
  if (!lane->ready || !lane->slots || !lane->messages) fail("malloc");
  for (int index = 0; index < window; index++) {
    lane->slots[index].sequence = (uint64_t)index;
    fillMessage(lane->messages + (size_t)index * (size_t)lane->messageBytes, lane->messageBytes);
    lane->ready[lane->readyCount++] = index;
  }
}

void sendReady(Lane *lane, Result *result, uint64_t now) {
  int count = lane->readyCount < LANE_BATCH ? lane->readyCount : LANE_BATCH;
  int first = lane->readyCount - count;
  for (int index = 0; index < count; index++) {
    int place = lane->ready[first + index];
    char *message = lane->messages + (size_t)place * (size_t)lane->messageBytes;
    Header header = {lane->slots[place].sequence, now};
    memcpy(message, &header, sizeof header);
    outgoingParts[index] = (struct iovec){message, (size_t)lane->messageBytes};
    outgoing[index].msg_hdr = (struct msghdr){.msg_iov = &outgoingParts[index], .msg_iovlen = 1};
  }
  int taken = sendmmsg(lane->handle, outgoing, (unsigned)count, MSG_DONTWAIT);
  if (taken <= 0) return;
  for (int index = 0; index < taken; index++) {
    Slot *slot = &lane->slots[lane->ready[first + index]];
    slot->sentAtNs = now;
    slot->waiting = 1;
  }
  result->sent += (uint64_t)taken;
  /* What the socket did not take moves up and stays ready for the next turn. */
  int *from = lane->ready + first;
  memmove(from, from + taken, (size_t)(count - taken) * sizeof *from);
  lane->readyCount -= taken;
}

static void release(Lane *lane, int place) {
  lane->slots[place].waiting = 0;
  lane->slots[place].sequence += (uint64_t)lane->window;
  lane->ready[lane->readyCount++] = place;
}

void acceptReply(Lane *lane, Result *result, const char *message, int lengthBytes, uint64_t now) {
  Header header;
  memcpy(&header, message, sizeof header);
  Slot *slot = &lane->slots[header.sequence % (uint64_t)lane->window];
  int isWhole = lengthBytes == lane->messageBytes && fillerMatches(message, lengthBytes);
  if (!isWhole || header.sequence > slot->sequence) {
    result->mismatched++;
    return;
  }
  if (header.sequence < slot->sequence || !slot->waiting) {
    result->late++;
    return;
  }
  if (header.sentAtNs != slot->sentAtNs) {
    result->mismatched++;
    return;
  }
  latencyRecord(&result->latency, now - slot->sentAtNs);
  result->received++;
  release(lane, (int)(slot - lane->slots));
}

uint64_t expireLost(Lane *lane, Result *result, uint64_t now) {
  uint64_t waiting = 0;
  for (int place = 0; place < lane->window; place++) {
    Slot *slot = &lane->slots[place];
    if (!slot->waiting) continue;
    if (now - slot->sentAtNs < LOST_AFTER_NS) waiting++;
    else {
      result->lost++;
      release(lane, place);
    }
  }
  return waiting;
}
