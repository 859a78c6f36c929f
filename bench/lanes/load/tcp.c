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
#define CHECK_NS 100000000u

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

typedef struct {
  int lasting, inFlight, requests, timer, cursor;
  /* Lasting connections first, then places for short ones. */
  Stream *places;
  uint64_t waitNs;
  Pace asking, opening;
} Load;

static void readWords(int count, char **words, Load *load, Streams *streams, uint64_t *lengthNs) {
  uint64_t tickNs = (uint64_t)(option(count, words, "--tick-us", 500, 50, 100000) * 1e3);
  streams->port = (int)option(count, words, "--port", 0, 1, 65535);
  ledger.stamped = (int)option(count, words, "--stamped", 0, 0, 1);
  load->lasting = (int)option(count, words, "--connections", 64, 0, MOST_SOCKETS - MOST_SHORT);
  load->inFlight = (int)option(count, words, "--in-flight", 0, 0, 1024);
  load->requests = (int)option(count, words, "--requests", 4, 1, 1000);
  load->waitNs = (uint64_t)(option(count, words, "--wait-ms", 2000, 0, 60000) * 1e6);
  load->asking = (Pace){.ratePerSecond = option(count, words, "--rate", 0, 0, 1e6), .tickNs = tickNs};
  load->opening = (Pace){.ratePerSecond = option(count, words, "--churn", 0, 0, 20000), .tickNs = tickNs};
  *lengthNs = (uint64_t)(option(count, words, "--seconds", 2, 0.05, 900) * 1e9);
}

static void openPlaces(Load *load, Streams *streams) {
  int all = load->lasting + MOST_SHORT;
  load->places = calloc((size_t)all, sizeof *load->places);
  if (!load->places) fail("calloc");
  for (int index = 0; index < all; index++) load->places[index].place = index;
  load->timer = openTimer(load->asking.tickNs);
  struct epoll_event ticking = {.events = EPOLLIN, .data.u32 = TIMER_EVENT};
  if (epoll_ctl(streams->poller, EPOLL_CTL_ADD, load->timer, &ticking)) fail("epoll_ctl");
}

static void begin(Load *load, Streams *streams, uint64_t lengthNs) {
  uint64_t startNs = nowNs();
  openLedger(&ledger, ledger.stamped, startNs);
  streams->stopNs = startNs + lengthNs;
  load->asking.startNs = load->opening.startNs = startNs;
}

static void serveEvent(Load *load, Streams *streams, const struct epoll_event *event, uint64_t now) {
  if (event->data.u32 == TIMER_EVENT) {
    readTimer(load->timer);
    return;
  }
  Stream *stream = &load->places[event->data.u32];
  int wasOpen = stream->stage == OPEN;
  int settled = serveStream(streams, stream, event->events, now);
  if (!stream->lasting || stream->stage != OPEN || now >= streams->stopNs || load->inFlight == 0) return;
  for (int more = wasOpen ? settled : load->inFlight; more > 0; more--) ask(streams, stream, now);
  flushStream(streams, stream);
}

static void sendDue(Load *load, Streams *streams, uint64_t now) {
  uint64_t dueNs;
  while (load->lasting > 0 && takeDue(&load->asking, now, &dueNs)) {
    Stream *stream = nextOpen(load->places, load->lasting, load->asking.given);
    if (stream == NULL || !ask(streams, stream, dueNs)) streams->fates.unsent++;
    else flushStream(streams, stream);
  }
  while (takeDue(&load->opening, now, &dueNs)) {
    openShort(streams, load->places + load->lasting, &load->cursor, load->requests, dueNs);
  }
}

static void reopenLasting(Load *load, Streams *streams, uint64_t now) {
  for (int index = 0; index < load->lasting; index++) {
    if (load->places[index].stage == FREE) openStream(streams, &load->places[index], 0, now);
  }
}

static void run(Load *load, Streams *streams) {
  struct epoll_event events[256];
  uint64_t now = nowNs(), checkedNs = now;
  /* What was cut off is not waited for. */
  while (now < streams->stopNs ||
         (unanswered(&ledger) > streams->fates.cutRequests && now < streams->stopNs + load->waitNs)) {
    if (now < streams->stopNs) reopenLasting(load, streams, now);
    int ready = epoll_wait(streams->poller, events, 256, 100);
    now = nowNs();
    for (int index = 0; index < ready; index++) serveEvent(load, streams, &events[index], now);
    now = nowNs();
    if (now < streams->stopNs) sendDue(load, streams, now);
    if (now - checkedNs < CHECK_NS) continue;
    checkedNs = now;
    for (int index = 0; index < load->lasting + MOST_SHORT; index++) checkConnect(streams, &load->places[index], now);
  }
}

int main(int count, char **words) {
  Streams streams = {.ledger = &ledger, .poller = epoll_create1(EPOLL_CLOEXEC)};
  Load load = {0};
  uint64_t lengthNs;
  readWords(count, words, &load, &streams, &lengthNs);
  raiseOpenFiles();
  openPlaces(&load, &streams);
  begin(&load, &streams, lengthNs);
  run(&load, &streams);
  printLedger(&ledger, (double)lengthNs / 1e9);
  printFates(&streams.fates);
  printf("}\n");
  return 0;
}
