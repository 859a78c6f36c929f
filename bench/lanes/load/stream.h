/*
 * The connections of the TCP load. Lasting ones are opened again whenever they end; short ones ask a few requests, one
 * after another, and go. What became of each is counted:
 *
 *   connect ──▶ refused, reset or timed out: the connect failed
 *      └─▶ open ──▶ done (short, all answered)
 *             ├──▶ closed: the server ended it, and nothing was unanswered
 *             └──▶ cut: it ended, however, with requests unanswered; barren: without a single answer
 */
#ifndef LANEWORK_BENCH_LANES_STREAM_H
#define LANEWORK_BENCH_LANES_STREAM_H

#include "ledger.h"

#define OUTGOING_BYTES 65536
#define SPREAD_SOURCES 16

typedef enum { FREE, CONNECTING, OPEN } Stage;

typedef struct {
  int place;
  int handle;
  Stage stage;
  int lasting;
  int wantsWritable;
  /* Of a short connection: requests that it has not sent yet. */
  int left;
  int waiting;
  uint64_t answers;
  uint64_t sinceNs;
  int incomingBytes;
  int outgoingBytes;
  char incoming[LINE_BYTES * 64];
  char outgoing[OUTGOING_BYTES];
} Stream;

typedef struct {
  uint64_t connects, connected, refused, reset, timedOut, done, closed, cut, barren, cutRequests, unsent;
  Latency latency;
  uint64_t slowestNs;
} Fates;

typedef struct {
  int poller;
  int port;
  uint64_t stopNs;
  uint64_t opened;
  Ledger *ledger;
  Fates fates;
} Streams;

/* Begins to connect; the place must be free. `requests` is 0 for a lasting connection. */
void openStream(Streams *streams, Stream *stream, int requests, uint64_t nowNs);
/* Adds one request to what is to be sent; false when it has no room, or is not open. */
int ask(Streams *streams, Stream *stream, uint64_t dueNs);
/* Sends what was asked, as far as the system takes it; the rest goes once it takes more. */
void flushStream(Streams *streams, Stream *stream);
/* Serves an event; gives how many of its requests were answered in time. */
int serveStream(Streams *streams, Stream *stream, uint32_t events, uint64_t nowNs);
/* Gives up a connect that takes too long. */
void checkConnect(Streams *streams, Stream *stream, uint64_t nowNs);
void printFates(const Fates *fates);

#endif
