/*
 * DNS load: --queries FILE --port P --sockets 8 --in-flight 256 --seconds S keeps a fixed number of queries in flight; each
 * answer is followed by the next query. FILE holds messages as TCP carries them, each behind its length in two bytes; they are asked
 * in turn, again and again. --transport tcp asks over --connections C, --in-flight in all, pipelined and answered in any order.
 * An answer counts if it has the id of a query under way, QR, and that query's question; --reflected 1 takes queries that come
 * back as they went. What has no answer after --lost-ms is lost and replaced. The loop spins instead of sleeping. One JSON line.
 */
#define _GNU_SOURCE
#include "../load/common.h"
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define BATCH 64
#define ROOM_BYTES 4608
#define STREAM_BYTES (1 << 18)
#define WINDOW_LIMIT 1024

typedef struct {
  const unsigned char *bytes;
  int size;
  int questionBytes;
} Query;

typedef struct {
  uint16_t id;
  const Query *query;
  uint64_t sentAtNs; /* 0: not under way */
} Slot;

typedef struct {
  int handle;
  int window;
  int readyCount;
  int ready[WINDOW_LIMIT];
  Slot slots[WINDOW_LIMIT];
  /* Of streams only: what is not sent yet, and what is not a whole message yet. */
  unsigned char *out, *in;
  int outBytes, inBytes;
} Source;

typedef struct {
  uint64_t answerBytes;
  uint64_t truncated;
  uint64_t codes[16];
  uint64_t gapNs; /* the longest time without any answer */
} Seen;

static Query *queries;
static int queryCount, nextQuery, isStream, isReflected;
static uint64_t lostAfterNs = 1000000000ull, lastAnswerNs;
static Seen seen;
static struct mmsghdr outgoing[BATCH], incoming[BATCH];
static struct iovec outgoingParts[BATCH], incomingParts[BATCH];
static unsigned char requests[BATCH][ROOM_BYTES], answers[BATCH][ROOM_BYTES];

static int questionBytesOf(const unsigned char *bytes, int size) {
  int at = 12;
  while (at < size && bytes[at]) at += 1 + bytes[at];
  return at + 5 <= size ? at + 5 - 12 : 0;
}

static void readQueries(const char *path) {
  FILE *file = fopen(path, "rb");
  if (!file) fail(path);
  fseek(file, 0, SEEK_END);
  long size = ftell(file);
  rewind(file);
  unsigned char *all = malloc((size_t)size + 1);
  if (!all || fread(all, 1, (size_t)size, file) != (size_t)size) fail(path);
  fclose(file);
  for (int pass = 0; pass < 2; pass++) {
    queryCount = 0;
    for (long at = 0; at + 2 <= size; queryCount++) {
      int bytes = all[at] * 256 + all[at + 1];
      if (bytes < 12 || bytes > ROOM_BYTES - 2 || at + 2 + bytes > size) {
        fprintf(stderr, "%s: not a file of messages\n", path);
        exit(2);
      }
      if (pass) queries[queryCount] = (Query){all + at + 2, bytes, questionBytesOf(all + at + 2, bytes)};
      at += 2 + bytes;
    }
    if (!queryCount) exit(2);
    if (!pass) queries = calloc((size_t)queryCount, sizeof *queries);
    if (!queries) fail("calloc");
  }
}

static void openSource(Source *source, int port, int window) {
  int kind = isStream ? SOCK_STREAM : SOCK_DGRAM | SOCK_NONBLOCK;
  source->handle = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
  if (source->handle < 0) fail("socket");
  int bufferBytes = 4 << 20, one = 1;
  if (!isStream) setsockopt(source->handle, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
  struct sockaddr_in address = loopback(port);
  if (connect(source->handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
  if (isStream) {
    setsockopt(source->handle, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    source->out = malloc(STREAM_BYTES);
    source->in = malloc(STREAM_BYTES);
    if (!source->out || !source->in) fail("malloc");
  }
  source->window = window;
  for (int slot = 0; slot < window; slot++) {
    source->slots[slot].id = (uint16_t)slot;
    source->ready[source->readyCount++] = slot;
  }
}

/* Writes the next query of a slot, and returns its size. */
static int writeQuery(Slot *slot, unsigned char *to) {
  slot->query = &queries[nextQuery];
  if (++nextQuery == queryCount) nextQuery = 0;
  memcpy(to, slot->query->bytes, (size_t)slot->query->size);
  to[0] = (unsigned char)(slot->id >> 8);
  to[1] = (unsigned char)slot->id;
  return slot->query->size;
}

static void sendDatagrams(Source *source, Result *result, uint64_t now) {
  int count = source->readyCount < BATCH ? source->readyCount : BATCH;
  int *slots = source->ready + source->readyCount - count;
  for (int index = 0; index < count; index++) {
    int size = writeQuery(&source->slots[slots[index]], requests[index]);
    outgoingParts[index] = (struct iovec){requests[index], (size_t)size};
    outgoing[index].msg_hdr = (struct msghdr){.msg_iov = &outgoingParts[index], .msg_iovlen = 1};
  }
  int taken = sendmmsg(source->handle, outgoing, (unsigned)count, MSG_DONTWAIT);
  if (taken <= 0) return;
  for (int index = 0; index < taken; index++) source->slots[slots[index]].sentAtNs = now;
  result->sent += (uint64_t)taken;
  memmove(slots, slots + taken, (size_t)(count - taken) * sizeof *slots);
  source->readyCount -= taken;
}

static void sendStream(Source *source, Result *result, uint64_t now, int mayAsk) {
  while (mayAsk && source->readyCount && source->outBytes < STREAM_BYTES - ROOM_BYTES) {
    Slot *slot = &source->slots[source->ready[--source->readyCount]];
    unsigned char *to = source->out + source->outBytes;
    int size = writeQuery(slot, to + 2);
    to[0] = (unsigned char)(size >> 8);
    to[1] = (unsigned char)size;
    slot->sentAtNs = now;
    source->outBytes += 2 + size;
    result->sent++;
  }
  if (!source->outBytes) return;
  ssize_t taken = send(source->handle, source->out, (size_t)source->outBytes, MSG_DONTWAIT | MSG_NOSIGNAL);
  if (taken < 0 && errno != EAGAIN) fail("send");
  if (taken <= 0) return;
  memmove(source->out, source->out + taken, (size_t)(source->outBytes - (int)taken));
  source->outBytes -= (int)taken;
}

static void release(Source *source, int index) {
  source->slots[index].sentAtNs = 0;
  source->slots[index].id = (uint16_t)(source->slots[index].id + source->window);
  source->ready[source->readyCount++] = index;
}

static void takeAnswer(Source *source, Result *result, const unsigned char *answer, int bytes, uint64_t now) {
  if (bytes < 12) {
    result->mismatched++;
    return;
  }
  uint16_t id = (uint16_t)(answer[0] * 256 + answer[1]);
  int index = id % source->window;
  Slot *slot = &source->slots[index];
  if (slot->id != id || !slot->sentAtNs) {
    result->late++;
    return;
  }
  const Query *query = slot->query;
  int isSame = bytes >= 12 + query->questionBytes && !memcmp(answer + 12, query->bytes + 12, (size_t)query->questionBytes);
  if (!isSame || (!isReflected && !(answer[2] & 0x80))) result->mismatched++;
  else {
    latencyRecord(&result->latency, now - slot->sentAtNs);
    result->received++;
    seen.answerBytes += (uint64_t)bytes;
    seen.truncated += (answer[2] & 2) != 0;
    seen.codes[answer[3] & 15]++;
  }
  release(source, index);
}

static void receiveStream(Source *source, Result *result) {
  ssize_t got = recv(source->handle, source->in + source->inBytes, (size_t)(STREAM_BYTES - source->inBytes), MSG_DONTWAIT);
  if (got < 0 && errno == EAGAIN) return;
  if (got <= 0) fail("recv");
  source->inBytes += (int)got;
  uint64_t now = nowNs();
  int at = 0;
  while (at + 2 <= source->inBytes) {
    int size = source->in[at] * 256 + source->in[at + 1];
    if (at + 2 + size > source->inBytes) break;
    takeAnswer(source, result, source->in + at + 2, size, now);
    at += 2 + size;
  }
  memmove(source->in, source->in + at, (size_t)(source->inBytes - at));
  source->inBytes -= at;
}

static void receiveDatagrams(Source *source, Result *result) {
  int arrived = recvmmsg(source->handle, incoming, BATCH, MSG_DONTWAIT, NULL);
  uint64_t now = nowNs();
  for (int place = 0; place < arrived; place++)
    takeAnswer(source, result, answers[place], (int)incoming[place].msg_len, now);
}

static int expireLost(Source *source, Result *result, uint64_t now) {
  int waiting = 0;
  for (int index = 0; index < source->window; index++) {
    if (!source->slots[index].sentAtNs) continue;
    if (now - source->slots[index].sentAtNs < lostAfterNs) waiting++;
    else {
      result->lost++;
      release(source, index);
    }
  }
  return waiting;
}

/* Takes what only this load has out of the words; the rest is for readOptions. */
static int takeOwnOptions(int count, char **words) {
  int kept = 1;
  const char *path = NULL;
  for (int index = 1; index + 1 < count; index += 2) {
    if (!strcmp(words[index], "--queries")) path = words[index + 1];
    else if (!strcmp(words[index], "--transport")) isStream = !strcmp(words[index + 1], "tcp");
    else if (!strcmp(words[index], "--reflected")) isReflected = atoi(words[index + 1]);
    else if (!strcmp(words[index], "--lost-ms")) lostAfterNs = (uint64_t)atoi(words[index + 1]) * 1000000ull;
    else {
      words[kept++] = words[index];
      words[kept++] = words[index + 1];
    }
  }
  if (!path) {
    fprintf(stderr, "--queries FILE is missing\n");
    exit(2);
  }
  readQueries(path);
  return kept;
}

int main(int count, char **words) {
  count = takeOwnOptions(count, words);
  Options options = readOptions(count, words);
  int sourceCount = isStream ? options.connections : options.sockets;
  int window = options.inFlight / sourceCount;
  Result *result = calloc(1, sizeof *result);
  Source *sources = calloc((size_t)sourceCount, sizeof *sources);
  if (!result || !sources) fail("calloc");
  if (window < 1 || window > WINDOW_LIMIT) {
    fprintf(stderr, "--in-flight: 1 to %d for each socket\n", WINDOW_LIMIT);
    return 2;
  }
  nextQuery = (int)(nowNs() / 1000 % (uint64_t)queryCount);
  for (int index = 0; index < sourceCount; index++) openSource(&sources[index], options.port, window);
  for (int index = 0; index < BATCH; index++) {
    incomingParts[index] = (struct iovec){answers[index], sizeof answers[index]};
    incoming[index].msg_hdr = (struct msghdr){.msg_iov = &incomingParts[index], .msg_iovlen = 1};
  }
  uint64_t now = nowNs(), stopNs = now + (uint64_t)(options.seconds * 1e9), scanNs = now;
  lastAnswerNs = now;
  for (int waiting = 1; waiting > 0;) {
    for (int index = 0; index < sourceCount; index++) {
      Source *source = &sources[index];
      uint64_t before = result->received;
      if (isStream) receiveStream(source, result);
      else receiveDatagrams(source, result);
      now = nowNs();
      if (result->received > before) {
        if (now - lastAnswerNs > seen.gapNs) seen.gapNs = now - lastAnswerNs;
        lastAnswerNs = now;
      }
      if (now < stopNs) result->receivedInTime = result->received;
      if (isStream) sendStream(source, result, now, now < stopNs);
      else if (source->readyCount && now < stopNs) sendDatagrams(source, result, now);
    }
    if (now < scanNs) continue;
    waiting = now < stopNs;
    for (int index = 0; index < sourceCount; index++) waiting += expireLost(&sources[index], result, now);
    scanNs = now + 10000000ull;
  }
  result->seconds = options.seconds;
  char more[256];
  snprintf(more, sizeof more,
           "\"answerBytes\":%.1f,\"truncated\":%llu,\"noError\":%llu,\"nxDomain\":%llu,\"longestGapMs\":%.1f,",
           result->received ? (double)seen.answerBytes / (double)result->received : 0.0,
           (unsigned long long)seen.truncated, (unsigned long long)seen.codes[0], (unsigned long long)seen.codes[3],
           (double)seen.gapNs / 1e6);
  printResultWith(result, more);
  return 0;
}
