/*
 * Open-loop UDP load: message number i is due at start + i / rate, whatever the
 * server does. Latency counts from that due time, so a stall of the server or
 * of this program shows in every message it delayed, not only in the first.
 */
#define _GNU_SOURCE
#include "udp.h"
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

typedef struct {
  uint64_t dueNs;
  int waiting;
} Pending;

typedef struct {
  Pending *pending;
  uint64_t total;
  uint64_t sentCount;
  /* All messages before this one are answered or lost. */
  uint64_t settled;
} Schedule;

static void acceptReply(Schedule *schedule, Result *result, const char *message, ssize_t lengthBytes,
                        int expectedBytes) {
  Header header;
  memcpy(&header, message, sizeof header);
  int isWhole = lengthBytes == expectedBytes && fillerMatches(message, expectedBytes);
  if (!isWhole || header.sequence >= schedule->sentCount) {
    result->mismatched++;
    return;
  }
  Pending *pending = &schedule->pending[header.sequence];
  if (!pending->waiting) {
    result->late++;
    return;
  }
  uint64_t now = nowNs();
  if (header.sentAtNs != pending->dueNs) {
    result->mismatched++;
    return;
  }
  pending->waiting = 0;
  latencyRecord(&result->latency, now - pending->dueNs);
  result->received++;
  result->receivedInTime++;
}

static void expire(Schedule *schedule, Result *result, uint64_t now) {
  while (schedule->settled < schedule->sentCount) {
    Pending *pending = &schedule->pending[schedule->settled];
    if (pending->waiting) {
      if (now - pending->dueNs < LOST_AFTER_NS) return;
      pending->waiting = 0;
      result->lost++;
    }
    schedule->settled++;
  }
}

void runOpenLoop(const Options *options, Result *result) {
  int sizeBytes = options->sizeBytes;
  char *message = malloc((size_t)sizeBytes), *reply = calloc(1, (size_t)sizeBytes + 1);
  int *handles = calloc((size_t)options->sockets, sizeof *handles);
  Schedule schedule = {.total = (uint64_t)(options->ratePerSecond * options->seconds)};
  schedule.pending = calloc(schedule.total + 1, sizeof *schedule.pending);
  if (!message || !reply || !handles || !schedule.pending) fail("malloc");
  fillMessage(message, sizeBytes);
  int poller = epoll_create1(EPOLL_CLOEXEC);
  for (int index = 0; index < options->sockets; index++) {
    handles[index] = openConnectedSocket(options->port);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = handles[index]};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, handles[index], &event)) fail("epoll_ctl");
  }
  double gapNs = 1e9 / options->ratePerSecond;
  uint64_t startNs = nowNs() + 1000000;
  struct epoll_event events[64];
  while (schedule.sentCount < schedule.total || schedule.settled < schedule.total) {
    uint64_t now = nowNs();
    while (schedule.sentCount < schedule.total) {
      uint64_t dueNs = startNs + (uint64_t)((double)schedule.sentCount * gapNs);
      if (now < dueNs) break;
      Header header = {schedule.sentCount, dueNs};
      memcpy(message, &header, sizeof header);
      schedule.pending[schedule.sentCount] = (Pending){dueNs, 1};
      /* A send that fails is not repeated: the message then counts as lost. */
      send(handles[schedule.sentCount % (uint64_t)options->sockets], message, (size_t)sizeBytes, MSG_DONTWAIT);
      schedule.sentCount++;
      result->sent++;
    }
    /* Spinning keeps this core awake, so only the server's own wake-up is in the latency. */
    int count = epoll_wait(poller, events, 64, 0);
    for (int index = 0; index < count; index++) {
      ssize_t lengthBytes = recv(events[index].data.fd, reply, (size_t)sizeBytes + 1, MSG_DONTWAIT);
      if (lengthBytes >= 0) acceptReply(&schedule, result, reply, lengthBytes, sizeBytes);
    }
    expire(&schedule, result, now);
  }
  result->seconds = options->seconds;
}
