/*
 * Every request has a number, and the ledger knows of each number what became of it: "unanswered" is a list of requests
 * and not a difference of two counts. A cell holds what is known of one request:
 *
 *   63        62         61 ... 48   47 ...................... 0
 *   answered  given up   socket      nanoseconds since the start
 *
 * A request is a line of 32 bytes of text, its number and a filler made of it in lower-case hexadecimal digits; the reply
 * must be that line in upper case. A server that stamps puts its process id where the filler was, so that one sees which
 * lane has answered.
 */
#ifndef LANEWORK_BENCH_LANES_LEDGER_H
#define LANEWORK_BENCH_LANES_LEDGER_H

#include "../../load/common.h"
#include <stddef.h>

#define LINE_BYTES 32
#define ANSWERED (1ull << 63)
#define GIVEN_UP (1ull << 62)
#define MOST_SOCKETS 16384
#define MOST_STAMPS 4096

typedef struct {
  uint64_t *cells;
  uint64_t sent;
  uint64_t room;
  uint64_t startNs;
  /* All requests before this one are answered or given up. */
  uint64_t settled;
  uint64_t answered;
  uint64_t answeredInTime;
  uint64_t late;
  uint64_t doubled;
  uint64_t wrong;
  uint64_t lastAnswerNs;
  uint64_t longestSilenceNs;
  uint64_t slowestNs;
  int stamped;
  uint64_t stamps[MOST_STAMPS][2];
  int stampCount;
  Latency latency;
} Ledger;

void openLedger(Ledger *ledger, int stamped, uint64_t startNs);
/* Notes a request as sent over a socket at a time, and gives its number. */
uint64_t noteSent(Ledger *ledger, int socket, uint64_t nowNs);
/* The last request was not taken by the system after all. */
void unnoteSent(Ledger *ledger);
void writeLine(char *line, uint64_t id);
/* Settles the request that a reply belongs to; false when it is wrong, a double, or late. */
int noteReply(Ledger *ledger, const char *reply, size_t bytes, uint64_t nowNs, int inTime);
/* Gives up the oldest request when it is older than so much: returns its socket, -1 when there is none. */
int giveUpNext(Ledger *ledger, uint64_t nowNs, uint64_t ageNs);
uint64_t unanswered(const Ledger *ledger);
/* Prints the counts, and when each unanswered request was sent (monotonic milliseconds), without the closing brace. */
void printLedger(const Ledger *ledger, double seconds);

#endif
