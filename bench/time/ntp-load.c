/*
 * NTP load: --port P --sockets 8 --in-flight 256 --seconds S keeps a fixed number of requests in flight; each answer is
 * followed by the next request. A request's transmit timestamp is its number, which an answer carries as origin; of a reflector,
 * which sends the request back, it is the transmit timestamp still. The loop spins instead of sleeping. Prints one JSON line.
 */
#define _GNU_SOURCE
#include "../load/common.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64
#define PACKET_BYTES 48
#define ORIGIN 24
#define TRANSMIT 40
#define LOST_AFTER_NS 200000000ull

typedef struct {
  int handle;
  int window;
  int readyCount;
  int *ready;
  uint64_t *numbers;
  uint64_t *sentAtNs; /* 0: not under way */
} Source;

static struct mmsghdr outgoing[BATCH], incoming[BATCH];
static struct iovec outgoingParts[BATCH], incomingParts[BATCH];
static unsigned char requests[BATCH][PACKET_BYTES], answers[BATCH][PACKET_BYTES + 64];

static void openSource(Source *source, int port, int window, uint64_t base) {
  source->handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (source->handle < 0) fail("socket");
  int bufferBytes = 4 << 20;
  setsockopt(source->handle, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
  struct sockaddr_in address = loopback(port);
  if (connect(source->handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
  source->window = window;
  source->ready = calloc((size_t)window, sizeof *source->ready);
  source->numbers = calloc((size_t)window, sizeof *source->numbers);
  source->sentAtNs = calloc((size_t)window, sizeof *source->sentAtNs);
  if (!source->ready || !source->numbers || !source->sentAtNs) fail("calloc");
  for (int slot = 0; slot < window; slot++) {
    source->numbers[slot] = base * (uint64_t)window + (uint64_t)slot;
    source->ready[source->readyCount++] = slot;
  }
}

static void sendReady(Source *source, Result *result, uint64_t now) {
  int count = source->readyCount < BATCH ? source->readyCount : BATCH;
  int *slots = source->ready + source->readyCount - count;
  for (int index = 0; index < count; index++) {
    requests[index][0] = 0x23; /* version 4, client */
    memcpy(requests[index] + TRANSMIT, &source->numbers[slots[index]], 8);
    outgoingParts[index] = (struct iovec){requests[index], PACKET_BYTES};
    outgoing[index].msg_hdr = (struct msghdr){.msg_iov = &outgoingParts[index], .msg_iovlen = 1};
  }
  int taken = sendmmsg(source->handle, outgoing, (unsigned)count, MSG_DONTWAIT);
  if (taken <= 0) return;
  for (int index = 0; index < taken; index++) source->sentAtNs[slots[index]] = now;
  result->sent += (uint64_t)taken;
  memmove(slots, slots + taken, (size_t)(count - taken) * sizeof *slots);
  source->readyCount -= taken;
}

static void release(Source *source, int slot) {
  source->sentAtNs[slot] = 0;
  source->numbers[slot] += (uint64_t)source->window;
  source->ready[source->readyCount++] = slot;
}

static void takeAnswer(Source *source, Result *result, const unsigned char *answer, int bytes, uint64_t now) {
  uint64_t number;
  int isAnswer = (answer[0] & 7) == 4;
  memcpy(&number, answer + (isAnswer ? ORIGIN : TRANSMIT), 8);
  int slot = (int)(number % (uint64_t)source->window);
  if (bytes != PACKET_BYTES || number > source->numbers[slot]) result->mismatched++;
  else if (number < source->numbers[slot] || !source->sentAtNs[slot]) result->late++;
  else {
    latencyRecord(&result->latency, now - source->sentAtNs[slot]);
    result->received++;
    release(source, slot);
  }
}

static int expireLost(Source *source, Result *result, uint64_t now) {
  int waiting = 0;
  for (int slot = 0; slot < source->window; slot++) {
    if (!source->sentAtNs[slot]) continue;
    if (now - source->sentAtNs[slot] < LOST_AFTER_NS) waiting++;
    else {
      result->lost++;
      release(source, slot);
    }
  }
  return waiting;
}

int main(int count, char **words) {
  Options options = readOptions(count, words);
  Result *result = calloc(1, sizeof *result);
  Source *sources = calloc((size_t)options.sockets, sizeof *sources);
  if (!result || !sources) fail("calloc");
  for (int index = 0; index < options.sockets; index++)
    openSource(&sources[index], options.port, options.inFlight / options.sockets, (uint64_t)nowNs() >> 8);
  for (int index = 0; index < BATCH; index++) {
    incomingParts[index] = (struct iovec){answers[index], sizeof answers[index]};
    incoming[index].msg_hdr = (struct msghdr){.msg_iov = &incomingParts[index], .msg_iovlen = 1};
  }
  uint64_t now = nowNs(), stopNs = now + (uint64_t)(options.seconds * 1e9), scanNs = now;
  for (int waiting = 1; waiting > 0;) {
    for (int index = 0; index < options.sockets; index++) {
      Source *source = &sources[index];
      int arrived = recvmmsg(source->handle, incoming, BATCH, MSG_DONTWAIT, NULL);
      now = nowNs();
      for (int place = 0; place < arrived; place++)
        takeAnswer(source, result, answers[place], (int)incoming[place].msg_len, now);
      if (now < stopNs) result->receivedInTime = result->received;
      if (source->readyCount && now < stopNs) sendReady(source, result, now);
    }
    if (now < scanNs) continue;
    waiting = now < stopNs;
    for (int index = 0; index < options.sockets; index++) waiting += expireLost(&sources[index], result, now);
    scanNs = now + 10000000ull;
  }
  result->seconds = options.seconds;
  printResult(result);
  return 0;
}
