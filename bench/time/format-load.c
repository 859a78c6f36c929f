/*
 * Load for the format service: --port P --sockets 8 --in-flight 256 --seconds S keeps a fixed number of requests in flight, all of
 * them the same format; each answer is followed by the next request. Answers have no number, so a socket's oldest request counts
 * as answered. A reflector, which sends the format back, is accepted too. The loop spins instead of sleeping. Prints one JSON line.
 */
#define _GNU_SOURCE
#include "../load/common.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64
#define ANSWER_BYTES 64
#define LOST_AFTER_NS 200000000ull

static const char format[] = "%Y-%m-%d %H:%M:%S";
static const char shape[] = "dddd-dd-dd dd:dd:dd";
#define FORMAT_BYTES (sizeof format - 1)
#define SHAPE_BYTES (sizeof shape - 1)

typedef struct {
  int handle;
  int window;
  /* A ring of the times at which unanswered requests were sent, oldest first. */
  uint64_t *sentAtNs;
  int oldest;
  int waiting;
} Source;

static struct mmsghdr outgoing[BATCH], incoming[BATCH];
static struct iovec outgoingParts[BATCH], incomingParts[BATCH];
static char answers[BATCH][ANSWER_BYTES];

static void openSource(Source *source, int port, int window) {
  source->handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (source->handle < 0) fail("socket");
  int bufferBytes = 4 << 20;
  setsockopt(source->handle, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
  struct sockaddr_in address = loopback(port);
  if (connect(source->handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
  source->window = window;
  source->sentAtNs = calloc((size_t)window, sizeof *source->sentAtNs);
  if (!source->sentAtNs) fail("calloc");
}

static void sendMore(Source *source, Result *result, uint64_t now) {
  int room = source->window - source->waiting;
  int taken = sendmmsg(source->handle, outgoing, (unsigned)(room < BATCH ? room : BATCH), MSG_DONTWAIT);
  for (int index = 0; index < taken; index++) {
    source->sentAtNs[(source->oldest + source->waiting) % source->window] = now;
    source->waiting++;
    result->sent++;
  }
}

static int isAnswer(const char *answer, unsigned bytes) {
  if (bytes == FORMAT_BYTES) return !memcmp(answer, format, FORMAT_BYTES);
  if (bytes != SHAPE_BYTES) return 0;
  for (unsigned index = 0; index < SHAPE_BYTES; index++) {
    int isDigit = answer[index] >= '0' && answer[index] <= '9';
    if (shape[index] == 'd' ? !isDigit : answer[index] != shape[index]) return 0;
  }
  return 1;
}

static uint64_t takeOldest(Source *source) {
  uint64_t sentAtNs = source->sentAtNs[source->oldest];
  source->oldest = (source->oldest + 1) % source->window;
  source->waiting--;
  return sentAtNs;
}

static void takeAnswer(Source *source, Result *result, const char *answer, unsigned bytes, uint64_t now) {
  if (!isAnswer(answer, bytes)) result->mismatched++;
  else if (source->waiting == 0) result->late++;
  else {
    latencyRecord(&result->latency, now - takeOldest(source));
    result->received++;
  }
}

static void expireLost(Source *source, Result *result, uint64_t now) {
  while (source->waiting > 0 && now - source->sentAtNs[source->oldest] > LOST_AFTER_NS) {
    takeOldest(source);
    result->lost++;
  }
}

int main(int count, char **words) {
  Options options = readOptions(count, words);
  Result *result = calloc(1, sizeof *result);
  Source *sources = calloc((size_t)options.sockets, sizeof *sources);
  if (!result || !sources) fail("calloc");
  for (int index = 0; index < options.sockets; index++)
    openSource(&sources[index], options.port, options.inFlight / options.sockets);
  for (int index = 0; index < BATCH; index++) {
    outgoingParts[index] = (struct iovec){(void *)format, FORMAT_BYTES};
    outgoing[index].msg_hdr = (struct msghdr){.msg_iov = &outgoingParts[index], .msg_iovlen = 1};
    incomingParts[index] = (struct iovec){answers[index], ANSWER_BYTES};
    incoming[index].msg_hdr = (struct msghdr){.msg_iov = &incomingParts[index], .msg_iovlen = 1};
  }
  uint64_t now = nowNs(), stopNs = now + (uint64_t)(options.seconds * 1e9);
  for (int waiting = 1; waiting > 0 || now < stopNs;) {
    waiting = 0;
    for (int index = 0; index < options.sockets; index++) {
      Source *source = &sources[index];
      int arrived = recvmmsg(source->handle, incoming, BATCH, MSG_DONTWAIT, NULL);
      now = nowNs();
      for (int place = 0; place < arrived; place++)
        takeAnswer(source, result, answers[place], incoming[place].msg_len, now);
      if (now < stopNs) result->receivedInTime = result->received;
      expireLost(source, result, now);
      if (now < stopNs && source->waiting < source->window) sendMore(source, result, now);
      waiting += source->waiting;
    }
  }
  result->seconds = options.seconds;
  printResult(result);
  return 0;
}
