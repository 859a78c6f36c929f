/* When requests are due: see pace.h. */
#define _GNU_SOURCE
#include "pace.h"
#include "../../load/common.h"
#include <sys/timerfd.h>
#include <unistd.h>

int openTimer(uint64_t tickNs) {
  int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (timer < 0) fail("timerfd_create");
  struct timespec tick = {(time_t)(tickNs / 1000000000u), (long)(tickNs % 1000000000u)};
  struct itimerspec every = {tick, tick};
  if (timerfd_settime(timer, 0, &every, NULL)) fail("timerfd_settime");
  return timer;
}

void readTimer(int timer) {
  uint64_t passed;
  if (read(timer, &passed, sizeof passed) < 0) return;
}

int takeDue(Pace *pace, uint64_t nowNs, uint64_t *dueNs) {
  if (pace->ratePerSecond <= 0) return 0;
  for (;;) {
    uint64_t tickAtNs = pace->startNs + pace->ticks * pace->tickNs;
    if (nowNs < tickAtNs) return 0;
    double dueSoFar = (double)(pace->ticks + 1) * (double)pace->tickNs * pace->ratePerSecond / 1e9;
    if ((double)(pace->given + 1) <= dueSoFar + 1e-9) {
      pace->given++;
      *dueNs = tickAtNs;
      return 1;
    }
    pace->ticks++;
  }
}
