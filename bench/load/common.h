/*
 * What every load generator shares: the clock, the command line, the counters
 * of one run and the single JSON line that carries them to the runner.
 * Times are nanoseconds of the monotonic clock everywhere inside; only the
 * printed line turns them into microseconds.
 */
#ifndef LANEWORK_BENCH_COMMON_H
#define LANEWORK_BENCH_COMMON_H

#include "latency.h"
#include <netinet/in.h>
#include <stdint.h>

typedef struct {
  int port;
  int sockets;
  int connections;
  int inFlight;
  int sizeBytes;
  int idle;
  double seconds;
  double ratePerSecond;
} Options;

typedef struct {
  uint64_t sent;
  uint64_t received;
  /* Replies before the end of the measured time, which the rate counts; all of them in open loop. */
  uint64_t receivedInTime;
  uint64_t lost;
  /* Replies to a message already declared lost, or already answered. */
  uint64_t late;
  uint64_t mismatched;
  double seconds;
  Latency latency;
} Result;

/* The first sixteen bytes of every message; filler follows up to the message size. */
typedef struct {
  uint64_t sequence;
  uint64_t sentAtNs;
} Header;

uint64_t nowNs(void);
Options readOptions(int count, char **words);
struct sockaddr_in loopback(int port);
void raiseOpenFiles(void);
void fillMessage(char *message, int sizeBytes);
/* True if the bytes after the header are the filler that was sent. */
int fillerMatches(const char *message, int sizeBytes);
void printResult(const Result *result);
/* The same with fields in front, each followed by its comma. */
void printResultWith(const Result *result, const char *more);
void fail(const char *what);

#endif
