/* What was said and heard: each delivery once, in its speaker's order, and how long it took. */
#define _GNU_SOURCE
#include "room.h"
#include "../../load/common.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_MESSAGES 131072
#define MOST_SPEAKERS 256
#define LOST_NS 2000000000ull

typedef struct {
  uint64_t dueNs;
  int got;
  int speaker;
  int isDone;
} Message;

static Message *messages;
static uint64_t *gotBits;
static uint32_t *lastHeard;
static int wordsEach;
static int expectedEach;
static uint32_t first, next, oldest;
static int open;
static uint64_t inTimeUntilNs, delivered, inTime, doubled, disordered, floodHeard, others, bytesHeard;
static Latency latency;

void beginLedger(const Run *run) {
  if (!messages) {
    wordsEach = (room.roomMembers + 63) / 64;
    messages = calloc(MOST_MESSAGES, sizeof *messages);
    gotBits = calloc((size_t)MOST_MESSAGES * (size_t)wordsEach, sizeof *gotBits);
    lastHeard = calloc((size_t)room.roomMembers * MOST_SPEAKERS, sizeof *lastHeard);
    if (!messages || !gotBits || !lastHeard) fail("calloc");
  }
  if (run->speakers > MOST_SPEAKERS) fail("speakers");
  memset(lastHeard, 0, (size_t)room.roomMembers * MOST_SPEAKERS * sizeof *lastHeard);
  first = next;
  oldest = next;
  open = 0;
  expectedEach = room.roomMembers - !room.isEchoed;
  delivered = inTime = doubled = disordered = floodHeard = others = bytesHeard = 0;
  inTimeUntilNs = UINT64_MAX;
  memset(&latency, 0, sizeof latency);
}

static uint64_t *bitsOf(uint32_t number) {
  return gotBits + (size_t)(number % MOST_MESSAGES) * (size_t)wordsEach;
}

int nextText(char *text, int speaker, uint64_t dueNs) {
  if (next - first >= MOST_MESSAGES / 2) return 0;
  messages[next % MOST_MESSAGES] = (Message){.dueNs = dueNs, .speaker = speaker};
  memset(bitsOf(next), 0, (size_t)wordsEach * sizeof *gotBits);
  int length = sprintf(text, MARK "%016llx%016llx", (unsigned long long)next, (unsigned long long)dueNs);
  while (length < room.sizeBytes) text[length++] = 'x';
  next++;
  open++;
  return length;
}

static int digit(char letter) { return letter <= '9' ? letter - '0' : letter - 'a' + 10; }

static uint64_t hex(const char *bytes) {
  uint64_t value = 0;
  for (int index = 0; index < 16; index++) value = value << 4 | (uint64_t)(digit(bytes[index]) & 15);
  return value;
}

void heard(int member, const char *bytes, size_t count, uint64_t atNs) {
  const char *mark = memmem(bytes, count, MARK, MARK_BYTES);
  if (!mark || (size_t)(bytes + count - mark) < LEAST_BYTES) {
    if (memmem(bytes, count, FLOOD_MARK, MARK_BYTES)) floodHeard++;
    else others++;
    return;
  }
  uint32_t number = (uint32_t)hex(mark + MARK_BYTES);
  /* Of a former run, or of another room: those are not counted. */
  if (number - first >= next - first || member >= room.roomMembers) return;
  Message *message = &messages[number % MOST_MESSAGES];
  uint64_t bit = 1ull << (member % 64), *word = bitsOf(number) + member / 64;
  if (*word & bit) {
    doubled++;
    return;
  }
  *word |= bit;
  uint32_t *last = &lastHeard[member * MOST_SPEAKERS + message->speaker];
  if (number + 1 < *last) disordered++;
  *last = number + 1;
  delivered++;
  bytesHeard += count;
  if (atNs <= inTimeUntilNs) inTime++;
  latencyRecord(&latency, atNs > message->dueNs ? atNs - message->dueNs : 0);
  if (++message->got == expectedEach && !message->isDone) {
    message->isDone = 1;
    open--;
  }
}

int underWay(uint64_t atNs) {
  while (oldest != next) {
    Message *message = &messages[oldest % MOST_MESSAGES];
    if (!message->isDone) {
      if (atNs < message->dueNs + LOST_NS) break;
      message->isDone = 1;
      open--;
    }
    oldest++;
  }
  return open;
}

void endInTime(uint64_t endNs) { inTimeUntilNs = endNs; }

void printLedger(double seconds, double idleSeconds, double processorSeconds) {
  uint64_t said = next - first, expected = said * (uint64_t)expectedEach;
  printf("{\"said\":%llu,\"expected\":%llu,\"received\":%llu,\"lost\":%llu,\"doubled\":%llu,\"disordered\":%llu,",
         (unsigned long long)said, (unsigned long long)expected, (unsigned long long)delivered,
         (unsigned long long)(expected - delivered), (unsigned long long)doubled, (unsigned long long)disordered);
  printf("\"seconds\":%.6f,\"perSecond\":%.1f,\"bytes\":%.1f,\"floodHeard\":%llu,\"others\":%llu,", seconds,
         (double)inTime / seconds, delivered ? (double)bytesHeard / (double)delivered : 0,
         (unsigned long long)floodHeard, (unsigned long long)others);
  printf("\"loadIdle\":%.3f,\"loadSeconds\":%.3f,\"p50Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f}\n",
         idleSeconds / seconds, processorSeconds, latencyUs(&latency, 0.5), latencyUs(&latency, 0.99),
         latencyUs(&latency, 0.999));
  fflush(stdout);
}
