/*
 * A latency histogram of fixed size: 64 equal buckets in every power of two,
 * so a percentile is exact to within 1.6 % and recording is a few instructions.
 * A plain list would need sorting and grows with the run.
 */
#ifndef LANEWORK_BENCH_LATENCY_H
#define LANEWORK_BENCH_LATENCY_H

#include <stdint.h>

#define LATENCY_STEPS 64
#define LATENCY_POWERS 36

typedef struct {
  uint64_t count;
  uint32_t buckets[LATENCY_POWERS * LATENCY_STEPS];
} Latency;

static inline int latencyBucket(uint64_t durationNs) {
  if (durationNs < LATENCY_STEPS) return (int)durationNs;
  int power = 63 - __builtin_clzll(durationNs);
  int bucket = (power - 5) * LATENCY_STEPS + (int)((durationNs >> (power - 6)) & (LATENCY_STEPS - 1));
  int last = LATENCY_POWERS * LATENCY_STEPS - 1;
  return bucket < last ? bucket : last;
}

static inline void latencyRecord(Latency *latency, uint64_t durationNs) {
  latency->buckets[latencyBucket(durationNs)]++;
  latency->count++;
}

/* The middle of the bucket that holds the given share of all durations. */
static inline double latencyUs(const Latency *latency, double share) {
  if (!latency->count) return 0;
  uint64_t wanted = (uint64_t)(share * (double)(latency->count - 1)) + 1;
  uint64_t seen = 0;
  int bucket = 0;
  for (; bucket < LATENCY_POWERS * LATENCY_STEPS; bucket++) {
    seen += latency->buckets[bucket];
    if (seen >= wanted) break;
  }
  if (bucket < LATENCY_STEPS) return bucket / 1000.0;
  int power = bucket / LATENCY_STEPS + 5;
  double widthNs = (double)(1ull << (power - 6));
  return ((double)(LATENCY_STEPS + bucket % LATENCY_STEPS) + 0.5) * widthNs / 1000.0;
}

#endif
