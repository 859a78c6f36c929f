/* The numbers of all requests and what became of them: see ledger.h. */
#define _GNU_SOURCE
#include "ledger.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#define TIME_MASK ((1ull << 48) - 1)
#define MOST_REQUESTS (1ull << 28)
#define FILLER_DIGITS 14
#define MOST_LISTED 100000

void openLedger(Ledger *ledger, int stamped, uint64_t startNs) {
  memset(ledger, 0, sizeof *ledger);
  ledger->stamped = stamped;
  ledger->startNs = startNs;
  ledger->lastAnswerNs = startNs;
  ledger->room = MOST_REQUESTS;
  /* Address space only: pages come into being as requests are sent. */
  ledger->cells = mmap(NULL, ledger->room * sizeof *ledger->cells, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (ledger->cells == MAP_FAILED) fail("mmap");
}

uint64_t noteSent(Ledger *ledger, int socket, uint64_t nowNs) {
  if (ledger->sent == ledger->room) fail("too many requests");
  ledger->cells[ledger->sent] = (uint64_t)socket << 48 | ((nowNs - ledger->startNs) & TIME_MASK);
  return ledger->sent++;
}

void unnoteSent(Ledger *ledger) { ledger->sent--; }

static const char lower[] = "0123456789abcdef";
static const char upper[] = "0123456789ABCDEF";

static void writeDigits(char *to, uint64_t value, int digits, const char *names) {
  for (int index = digits - 1; index >= 0; index--, value >>= 4) to[index] = names[value & 15];
}

static uint64_t fillerOf(uint64_t id) { return (id + 1) * 0x9e3779b97f4a7c15ull >> 8; }

static void writeWith(char *line, uint64_t id, const char *names) {
  writeDigits(line, id, 16, names);
  line[16] = ' ';
  writeDigits(line + 17, fillerOf(id), FILLER_DIGITS, names);
  line[31] = '\n';
}

void writeLine(char *line, uint64_t id) { writeWith(line, id, lower); }

static int readDigits(const char *from, int digits, uint64_t *value) {
  *value = 0;
  for (int index = 0; index < digits; index++) {
    int digit = from[index];
    if (digit >= '0' && digit <= '9') digit -= '0';
    else if (digit >= 'A' && digit <= 'F') digit -= 'A' - 10;
    else return 0;
    *value = *value << 4 | (uint64_t)digit;
  }
  return 1;
}

static void countStamp(Ledger *ledger, uint64_t stamp) {
  int index = 0;
  while (index < ledger->stampCount && ledger->stamps[index][0] != stamp) index++;
  if (index == MOST_STAMPS) return;
  if (index == ledger->stampCount) ledger->stamps[ledger->stampCount++][0] = stamp;
  ledger->stamps[index][1]++;
}

/* The number of the request that this is a whole and right answer to, whoever sent it. */
static int readReply(Ledger *ledger, const char *reply, size_t bytes, uint64_t *id) {
  char expected[LINE_BYTES];
  if (bytes != LINE_BYTES || !readDigits(reply, 16, id) || *id >= ledger->sent) return 0;
  if (ledger->stamped) {
    uint64_t stamp;
    if (reply[31] != '\n' || !readDigits(reply + 17, FILLER_DIGITS, &stamp)) return 0;
    countStamp(ledger, stamp);
    return 1;
  }
  writeWith(expected, *id, upper);
  return !memcmp(expected, reply, LINE_BYTES);
}

int noteReply(Ledger *ledger, const char *reply, size_t bytes, uint64_t nowNs, int inTime) {
  uint64_t id;
  if (!readReply(ledger, reply, bytes, &id)) {
    ledger->wrong++;
    return 0;
  }
  uint64_t cell = ledger->cells[id];
  if (cell & ANSWERED) {
    ledger->doubled++;
    return 0;
  }
  ledger->cells[id] |= ANSWERED;
  ledger->answered++;
  ledger->answeredInTime += (uint64_t)inTime;
  uint64_t tookNs = nowNs - ledger->startNs - (cell & TIME_MASK);
  latencyRecord(&ledger->latency, tookNs);
  if (tookNs > ledger->slowestNs) ledger->slowestNs = tookNs;
  if (inTime && nowNs - ledger->lastAnswerNs > ledger->longestSilenceNs) {
    ledger->longestSilenceNs = nowNs - ledger->lastAnswerNs;
  }
  ledger->lastAnswerNs = nowNs;
  if (!(cell & GIVEN_UP)) return 1;
  ledger->late++;
  return 0;
}

int giveUpNext(Ledger *ledger, uint64_t nowNs, uint64_t ageNs) {
  for (; ledger->settled < ledger->sent; ledger->settled++) {
    uint64_t *cell = &ledger->cells[ledger->settled];
    if (*cell & (ANSWERED | GIVEN_UP)) continue;
    if (nowNs - ledger->startNs - (*cell & TIME_MASK) < ageNs) return -1;
    *cell |= GIVEN_UP;
    ledger->settled++;
    return (int)(*cell >> 48 & (MOST_SOCKETS - 1));
  }
  return -1;
}

uint64_t unanswered(const Ledger *ledger) { return ledger->sent - ledger->answered; }

static double ms(uint64_t ns) { return (double)ns / 1e6; }

static double processorSeconds(void) {
  struct rusage used;
  if (getrusage(RUSAGE_SELF, &used)) fail("getrusage");
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void printLedger(const Ledger *ledger, double seconds) {
  const Latency *latency = &ledger->latency;
  printf("{\"seconds\":%.3f,\"startMs\":%.3f,\"sent\":%llu,\"answered\":%llu,\"unanswered\":%llu,", seconds,
         ms(ledger->startNs), (unsigned long long)ledger->sent, (unsigned long long)ledger->answered,
         (unsigned long long)unanswered(ledger));
  printf("\"late\":%llu,\"doubled\":%llu,\"wrong\":%llu,\"perSecond\":%.1f,", (unsigned long long)ledger->late,
         (unsigned long long)ledger->doubled, (unsigned long long)ledger->wrong,
         (double)ledger->answeredInTime / seconds);
  printf("\"p50Us\":%.1f,\"p99Us\":%.1f,\"p999Us\":%.1f,\"slowestMs\":%.3f,\"longestSilenceMs\":%.3f,",
         latencyUs(latency, 0.5), latencyUs(latency, 0.99), latencyUs(latency, 0.999), ms(ledger->slowestNs),
         ms(ledger->longestSilenceNs));
  printf("\"loadCpuSeconds\":%.3f,\"stamps\":{", processorSeconds());
  for (int index = 0; index < ledger->stampCount; index++) {
    printf("%s\"%llu\":%llu", index ? "," : "", (unsigned long long)ledger->stamps[index][0],
           (unsigned long long)ledger->stamps[index][1]);
  }
  printf("},\"lostAtMs\":[");
  int listed = 0;
  for (uint64_t id = 0; id < ledger->sent && listed < MOST_LISTED; id++) {
    if (ledger->cells[id] & ANSWERED) continue;
    printf("%s%.3f", listed++ ? "," : "", ms(ledger->startNs + (ledger->cells[id] & TIME_MASK)));
  }
  printf("]");
}
