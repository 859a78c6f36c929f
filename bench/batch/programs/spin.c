/* Computes, and looks at the monotonic clock all the time: says when it had the CPU, so that nobody has to ask the scheduler.
 *
 *   spin wall MS   until so much time has passed
 *   spin cpu MS    until it has used so much CPU time
 *
 * Writes a line `from to` in nanoseconds for each stretch; breaks shorter than 100 us are the kernel's own business. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static long long now(clockid_t clock) {
  struct timespec at;
  clock_gettime(clock, &at);
  return at.tv_sec * 1000000000LL + at.tv_nsec;
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int by_cpu = strcmp(argv[1], "cpu") == 0;
  long long wanted = atoll(argv[2]) * 1000000LL;
  size_t count = 0, room = 1024;
  long long(*ran)[2] = malloc(room * sizeof *ran);
  if (ran == NULL) return 1;
  long long begin = now(CLOCK_MONOTONIC), from = begin, last = begin;
  for (long long turn = 0;; turn++) {
    long long at = now(CLOCK_MONOTONIC);
    if (at - last > 100000) {
      if (count + 1 == room) {
        room *= 2;
        ran = realloc(ran, room * sizeof *ran);
        if (ran == NULL) return 1;
      }
      ran[count][0] = from;
      ran[count++][1] = last;
      from = at;
    }
    last = at;
    /* The CPU clock is a system call, so it is not asked each time. */
    if (by_cpu ? turn % 1000 == 0 && now(CLOCK_PROCESS_CPUTIME_ID) >= wanted : at - begin >= wanted) break;
  }
  ran[count][0] = from;
  ran[count++][1] = last;
  for (size_t index = 0; index < count; index++) printf("%lld %lld\n", ran[index][0], ran[index][1]);
  return 0;
}
