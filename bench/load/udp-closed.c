/*
 * Closed-loop UDP load: a fixed number of messages is in flight over all sockets
 * and every reply is followed by the next message. Replies are read and messages
 * sent in batches of up to 64, and the loop spins instead of sleeping, so that a
 * server never pays for waking the load.
 */
#define _GNU_SOURCE
#include "udp-lane.h"
#include <stdlib.h>
#include <sys/socket.h>

#define SCAN_EVERY_NS 10000000ull

static struct mmsghdr incoming[LANE_BATCH];
static struct iovec incomingParts[LANE_BATCH];

static void prepareIncoming(int messageBytes) {
  /* One byte more than expected, so that a reply too long is seen and not cut. */
  size_t room = (size_t)messageBytes + 1;
  char *space = calloc(LANE_BATCH, room);
  if (!space) fail("calloc");
  for (int index = 0; index < LANE_BATCH; index++) {
    incomingParts[index] = (struct iovec){space + (size_t)index * room, room};
    incoming[index].msg_hdr = (struct msghdr){.msg_iov = &incomingParts[index], .msg_iovlen = 1};
  }
}

static Lane *openLanes(const Options *options) {
  Lane *lanes = calloc((size_t)options->sockets, sizeof *lanes);
  if (!lanes) fail("calloc");
  for (int index = 0; index < options->sockets; index++) {
    int share = options->inFlight / options->sockets + (index < options->inFlight % options->sockets);
    openLane(&lanes[index], options, share > 0 ? share : 1);
  }
  return lanes;
}

void runClosedLoop(const Options *options, Result *result) {
  prepareIncoming(options->sizeBytes);
  Lane *lanes = openLanes(options);
  uint64_t now = nowNs(), scanNs = now + SCAN_EVERY_NS;
  uint64_t stopNs = now + (uint64_t)(options->seconds * 1e9);
  for (uint64_t waiting = 1; waiting > 0;) {
    for (int index = 0; index < options->sockets; index++) {
      Lane *lane = &lanes[index];
      int count = recvmmsg(lane->handle, incoming, LANE_BATCH, MSG_DONTWAIT, NULL);
      now = nowNs();
      for (int place = 0; place < count; place++) {
        acceptReply(lane, result, incomingParts[place].iov_base, (int)incoming[place].msg_len, now);
      }
      if (now < stopNs) result->receivedInTime = result->received;
      if (lane->readyCount && now < stopNs) sendReady(lane, result, now);
    }
    if (now < scanNs) continue;
    /* After the end nothing new is sent; the loop stays until each message is answered or lost. */
    waiting = now < stopNs;
    for (int index = 0; index < options->sockets; index++) {
      waiting += expireLost(&lanes[index], result, now);
    }
    scanNs = now + SCAN_EVERY_NS;
  }
  result->seconds = options->seconds;
}
