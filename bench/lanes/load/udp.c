/*
 * UDP load for lanes: --port P --sockets 64 and either --rate N a second or --in-flight N over all sockets (each socket
 * has its share), for --seconds S. --give-up-ms: with requests in flight, one without an answer makes room for the next
 * after this time; its answer still counts when it comes. At the end it waits --wait-ms for answers. --stamped 1: the
 * server stamps. --retry-ms T --retries N: a request without an answer is sent again, under the same number, N times.
 */
#define _GNU_SOURCE
#include "ledger.h"
#include "pace.h"
#include "words.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define BATCH 64
#define SCAN_NS 5000000ull
#define TIMER_EVENT UINT32_MAX

typedef struct {
  int count;
  int handles[MOST_SOCKETS];
  uint64_t unsent;
  /* The kernel said that nobody listens on the port. */
  uint64_t unreachable;
  uint64_t repeated;
  /* Requests that the system did not take, by socket; tried again at the next tick. */
  int owed[MOST_SOCKETS];
  int owedInAll;
} Sockets;

static Ledger ledger;
static Sockets sockets;

static int openSocket(int port) {
  int handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (handle < 0) fail("socket");
  /* Replies must never be dropped here, nor requests for want of room: a loss in the table is the server's own. */
  int bufferBytes = 4 << 20;
  if (setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &bufferBytes, sizeof bufferBytes)) {
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
  }
  if (setsockopt(handle, SOL_SOCKET, SO_SNDBUFFORCE, &bufferBytes, sizeof bufferBytes)) {
    setsockopt(handle, SOL_SOCKET, SO_SNDBUF, &bufferBytes, sizeof bufferBytes);
  }
  struct sockaddr_in address = loopback(port);
  if (connect(handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
  return handle;
}

/* An error of an earlier datagram is told by the next call, which then has done nothing: so once more. */
static int put(int handle, const char *line) {
  for (int attempt = 0; attempt < 3; attempt++) {
    if (send(handle, line, LINE_BYTES, MSG_DONTWAIT) == LINE_BYTES) return 1;
    if (errno != ECONNREFUSED) return 0;
    sockets.unreachable++;
  }
  return 0;
}

static void sendOne(int socket, uint64_t dueNs) {
  char line[LINE_BYTES];
  writeLine(line, noteSent(&ledger, socket, dueNs));
  if (put(sockets.handles[socket], line)) return;
  unnoteSent(&ledger);
  sockets.unsent++;
  sockets.owed[socket]++;
  sockets.owedInAll++;
}

static void sendOwed(uint64_t now) {
  for (int socket = 0; sockets.owedInAll > 0 && socket < sockets.count; socket++) {
    int owed = sockets.owed[socket];
    sockets.owed[socket] = 0;
    sockets.owedInAll -= owed;
    while (owed-- > 0) sendOne(socket, now);
  }
}

/* Reads what is there, and gives how many of the socket's requests are settled by it. */
static int readReplies(int socket, uint64_t stopNs) {
  static char space[BATCH][LINE_BYTES + 1];
  static struct iovec parts[BATCH];
  static struct mmsghdr messages[BATCH];
  for (int index = 0; index < BATCH; index++) {
    parts[index] = (struct iovec){space[index], LINE_BYTES + 1};
    messages[index].msg_hdr = (struct msghdr){.msg_iov = &parts[index], .msg_iovlen = 1};
  }
  int got = recvmmsg(sockets.handles[socket], messages, BATCH, MSG_DONTWAIT, NULL);
  if (got < 0 && errno == ECONNREFUSED) sockets.unreachable++;
  uint64_t now = nowNs();
  int settled = 0;
  for (int index = 0; index < got; index++) {
    settled += noteReply(&ledger, space[index], messages[index].msg_len, now, now < stopNs);
  }
  return settled;
}

/* A request that waits for its next try. Every one waits equally long, so the first in line is the first due. */
typedef struct {
  uint64_t id, dueNs;
  int tries;
} Again;

typedef struct {
  Again *line;
  uint64_t first, last, watched;
  uint64_t afterNs;
  int most;
} Retries;

#define MOST_AGAIN (1u << 20)

static void later(Retries *retries, uint64_t id, uint64_t now, int tries) {
  if (tries >= retries->most || retries->last - retries->first == MOST_AGAIN) return;
  retries->line[retries->last++ % MOST_AGAIN] = (Again){id, now + retries->afterNs, tries};
}

static void repeat(uint64_t id) {
  char line[LINE_BYTES];
  writeLine(line, id);
  int socket = (int)(ledger.cells[id] >> 48 & (MOST_SOCKETS - 1));
  sockets.repeated += (uint64_t)put(sockets.handles[socket], line);
}

static void retryDue(Retries *retries, uint64_t now) {
  if (retries->most == 0) return;
  for (; retries->watched < ledger.sent; retries->watched++) later(retries, retries->watched, now, 0);
  while (retries->first < retries->last) {
    Again next = retries->line[retries->first % MOST_AGAIN];
    if (next.dueNs > now) return;
    retries->first++;
    if (ledger.cells[next.id] & ANSWERED) continue;
    repeat(next.id);
    later(retries, next.id, now, next.tries + 1);
  }
}

typedef struct {
  int port, inFlight, poller, timer;
  uint64_t lengthNs, stopNs, giveUpNs, waitNs;
  Pace pace;
  Retries retries;
} Load;

static void readWords(int count, char **words, Load *load) {
  uint64_t tickNs = (uint64_t)(option(count, words, "--tick-us", 500, 50, 100000) * 1e3);
  load->port = (int)option(count, words, "--port", 0, 1, 65535);
  load->pace = (Pace){.ratePerSecond = option(count, words, "--rate", 0, 0, 1e6), .tickNs = tickNs};
  load->lengthNs = (uint64_t)(option(count, words, "--seconds", 2, 0.05, 900) * 1e9);
  load->inFlight = (int)option(count, words, "--in-flight", 256, 1, 65536);
  load->giveUpNs = (uint64_t)(option(count, words, "--give-up-ms", 500, 10, 60000) * 1e6);
  load->waitNs = (uint64_t)(option(count, words, "--wait-ms", 2000, 0, 60000) * 1e6);
  load->retries.afterNs = (uint64_t)(option(count, words, "--retry-ms", 200, 1, 60000) * 1e6);
  load->retries.most = (int)option(count, words, "--retries", 0, 0, 100);
  ledger.stamped = (int)option(count, words, "--stamped", 0, 0, 1);
  sockets.count = (int)option(count, words, "--sockets", 64, 1, MOST_SOCKETS);
}

static void watch(const Load *load, int handle, uint32_t name) {
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = name};
  if (epoll_ctl(load->poller, EPOLL_CTL_ADD, handle, &event)) fail("epoll_ctl");
}

static void openSockets(Load *load) {
  load->poller = epoll_create1(EPOLL_CLOEXEC);
  load->timer = openTimer(load->pace.ratePerSecond > 0 ? load->pace.tickNs : SCAN_NS);
  load->retries.line = calloc(MOST_AGAIN, sizeof *load->retries.line);
  if (!load->retries.line) fail("calloc");
  watch(load, load->timer, TIMER_EVENT);
  for (int index = 0; index < sockets.count; index++) {
    sockets.handles[index] = openSocket(load->port);
    watch(load, sockets.handles[index], (uint32_t)index);
  }
}

static void begin(Load *load) {
  uint64_t startNs = nowNs();
  openLedger(&ledger, ledger.stamped, startNs);
  load->stopNs = startNs + load->lengthNs;
  load->pace.startNs = startNs;
  if (load->pace.ratePerSecond > 0) return;
  for (int index = 0; index < load->inFlight; index++) sendOne(index % sockets.count, startNs);
}

/* With requests in flight, each answer is followed by the next request. */
static void serveEvent(Load *load, uint32_t socket) {
  if (socket == TIMER_EVENT) {
    readTimer(load->timer);
    return;
  }
  int settled = readReplies((int)socket, load->stopNs);
  uint64_t now = nowNs();
  if (load->pace.ratePerSecond > 0 || now >= load->stopNs) return;
  for (; settled > 0; settled--) sendOne((int)socket, now);
}

static void sendDue(Load *load, uint64_t now) {
  uint64_t dueNs;
  if (sockets.owedInAll > 0) sendOwed(now);
  while (takeDue(&load->pace, now, &dueNs)) sendOne((int)(load->pace.given % (uint64_t)sockets.count), dueNs);
  if (load->pace.ratePerSecond > 0) return;
  for (int socket; (socket = giveUpNext(&ledger, now, load->giveUpNs)) >= 0;) sendOne(socket, now);
}

static void run(Load *load) {
  struct epoll_event events[256];
  uint64_t now = nowNs();
  while (now < load->stopNs || (unanswered(&ledger) > 0 && now < load->stopNs + load->waitNs)) {
    int ready = epoll_wait(load->poller, events, 256, 100);
    for (int index = 0; index < ready; index++) serveEvent(load, events[index].data.u32);
    now = nowNs();
    if (now < load->stopNs) sendDue(load, now);
    retryDue(&load->retries, now);
  }
}

int main(int count, char **words) {
  Load load = {0};
  readWords(count, words, &load);
  raiseOpenFiles();
  openSockets(&load);
  begin(&load);
  run(&load);
  printLedger(&ledger, (double)load.lengthNs / 1e9);
  printf(",\"unsent\":%llu,\"unreachable\":%llu,\"repeated\":%llu}\n", (unsigned long long)sockets.unsent,
         (unsigned long long)sockets.unreachable, (unsigned long long)sockets.repeated);
  return 0;
}
