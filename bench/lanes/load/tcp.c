/*
 * TCP load for lanes: --port P --connections 64 lasting ones with either --rate N requests a second over all of them or
 * --in-flight W on each, and --churn N new short connections a second with --requests 4 each, one after another; for
 * --seconds S. At the end it waits --wait-ms for answers. --stamped 1: the server stamps.
 */
#define _GNU_SOURCE
#include "pace.h"
#include "stream.h"
#include "words.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>

#define MOST_SHORT 8000
#define TIMER_EVENT UINT32_MAX

static Ledger ledger;

/* A lasting connection that is open, from a place on; NULL when none is. */
static Stream *nextOpen(Stream *places, int count, uint64_t from) {
  for (int step = 0; step < count; step++) {
    Stream *stream = &places[(from + (uint64_t)step) % (uint64_t)count];
    if (stream->stage == OPEN) return stream;
  }
  return NULL;
}

static void openShort(Streams *streams, Stream *places, int *cursor, int requests, uint64_t now) {
  for (int step = 0; step < MOST_SHORT; step++) {
    Stream *stream = &places[*cursor];
    *cursor = (*cursor + 1) % MOST_SHORT;
    if (stream->stage != FREE) continue;
    openStream(streams, stream, requests, now);
    return;
  }
  streams->fates.unsent++;
}

int main(int count, char **words) {
  Streams streams = {.ledger = &ledger, .poller = epoll_create1(EPOLL_CLOEXEC)};
  streams.port = (int)option(count, words, "--port", 0, 1, 65535);
  double rate = option(count, words, "--rate", 0, 0, 1e6);
  double seconds = option(count, words, "--seconds", 2, 0.05, 900);
  int lasting = (int)option(count, words, "--connections", 64, 0, MOST_SOCKETS - MOST_SHORT);
  int inFlight = (int)option(count, words, "--in-flight", 0, 0, 1024);
  double churn = option(count, words, "--churn", 0, 0, 20000);
  int requests = (int)option(count, words, "--requests", 4, 1, 1000);
  uint64_t tickNs = (uint64_t)(option(count, words, "--tick-us", 500, 50, 100000) * 1e3);
  uint64_t waitNs = (uint64_t)(option(count, words, "--wait-ms", 2000, 0, 60000) * 1e6);
  int stamped = (int)option(count, words, "--stamped", 0, 0, 1);
  raiseOpenFiles();
  int all = lasting + MOST_SHORT, cursor = 0;
  Stream *places = calloc((size_t)all, sizeof *places);
  if (!places) fail("calloc");
  for (int index = 0; index < all; index++) places[index].place = index;
  int timer = openTimer(tickNs);
  struct epoll_event ticking = {.events = EPOLLIN, .data.u32 = TIMER_EVENT};
  if (epoll_ctl(streams.poller, EPOLL_CTL_ADD, timer, &ticking)) fail("epoll_ctl");
  uint64_t startNs = nowNs(), stopNs = startNs + (uint64_t)(seconds * 1e9), now = startNs, dueNs;
  uint64_t checkedNs = startNs;
  streams.stopNs = stopNs;
  openLedger(&ledger, stamped, startNs);
  Pace asking = {.ratePerSecond = rate, .startNs = startNs, .tickNs = tickNs};
  Pace opening = {.ratePerSecond = churn, .startNs = startNs, .tickNs = tickNs};
  struct epoll_event events[256];
  uint64_t cutBefore = 0;
  while (now < stopNs || (unanswered(&ledger) > cutBefore && now < stopNs + waitNs)) {
    for (int index = 0; index < lasting && now < stopNs; index++) {
      if (places[index].stage == FREE) openStream(&streams, &places[index], 0, now);
    }
    int ready = epoll_wait(streams.poller, events, 256, 100);
    now = nowNs();
    for (int index = 0; index < ready; index++) {
      uint32_t place = events[index].data.u32;
      if (place == TIMER_EVENT) {
        readTimer(timer);
        continue;
      }
      Stream *stream = &places[place];
      int wasOpen = stream->stage == OPEN;
      int settled = serveStream(&streams, stream, events[index].events, now);
      if (!stream->lasting || stream->stage != OPEN || now >= stopNs || inFlight == 0) continue;
      for (int more = wasOpen ? settled : inFlight; more > 0; more--) ask(&streams, stream, now);
      flushStream(&streams, stream);
    }
    now = nowNs();
    while (now < stopNs && lasting > 0 && takeDue(&asking, now, &dueNs)) {
      Stream *stream = nextOpen(places, lasting, asking.given);
      if (stream == NULL || !ask(&streams, stream, dueNs)) streams.fates.unsent++;
      else flushStream(&streams, stream);
    }
    while (now < stopNs && takeDue(&opening, now, &dueNs)) openShort(&streams, places + lasting, &cursor, requests, dueNs);
    cutBefore = streams.fates.cutRequests;
    if (now - checkedNs < 100000000u) continue;
    checkedNs = now;
    for (int index = 0; index < all; index++) checkConnect(&streams, &places[index], now);
  }
  printLedger(&ledger, seconds);
  printFates(&streams.fates);
  printf("}\n");
  return 0;
}
