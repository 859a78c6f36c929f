/*
 * The pace of a load: either a fixed number of requests is kept in flight on every socket, or requests are due at fixed
 * times, a group every tick. Latency then counts from the tick, whenever the request could be sent, so that a stall of
 * the server or of this program is in every request that it delayed. The load sleeps between ticks, because the lanes
 * need the cores.
 */
#ifndef LANEWORK_BENCH_LANES_PACE_H
#define LANEWORK_BENCH_LANES_PACE_H

#include <stdint.h>

typedef struct {
  double ratePerSecond;
  uint64_t startNs;
  uint64_t tickNs;
  uint64_t ticks;
  uint64_t given;
} Pace;

/* A timer that becomes readable at every tick, to be watched by an epoll set. */
int openTimer(uint64_t tickNs);
void readTimer(int timer);
/* True while a request is due; `dueNs` is the tick that it belongs to. Call it until it says no. */
int takeDue(Pace *pace, uint64_t nowNs, uint64_t *dueNs);

#endif
