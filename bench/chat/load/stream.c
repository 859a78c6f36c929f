/* Members over TCP: raw bytes, cut into lines or WebSocket frames without a library. */
#define _GNU_SOURCE
#include "room.h"
#include "../../load/common.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* What is longer is passed over: greetings that list a thousand members. */
#define KEPT_BYTES 4096
#define READ_BYTES 262144

typedef struct {
  int handle;
  int kept;
  int step;
  int isOpen;
  /* Of a frame or line that is passed over: bytes left, or -1 for up to the next newline. */
  int64_t skip;
  char *bytes;
} Connection;

static Connection *connections;
/* The first is told, as the server has no reason to end any. */
static int cutOff;

/* Sources spread over 127.2.0.0/16, so that neither ports nor limits by address run out. */
void openStream(int member) {
  if (!connections) connections = calloc((size_t)room.members, sizeof *connections);
  int handle = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (handle < 0) fail("socket");
  struct sockaddr_in own = loopback(0), server = loopback(room.port);
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (2u << 16) + (uint32_t)member / 10);
  if (bind(handle, (struct sockaddr *)&own, sizeof own)) fail("bind");
  if (connect(handle, (struct sockaddr *)&server, sizeof server)) fail("connect");
  connections[member] = (Connection){.handle = handle, .isOpen = 1, .bytes = malloc(KEPT_BYTES)};
  if (!connections[member].bytes) fail("malloc");
  watch(handle, (uint64_t)member);
  char out[2048];
  int count = greeting(out, member);
  if (count > 0) sendStream(member, out, count);
}

/* Small and seldom: it fits into the kernel's buffer, or the server does not read at all. */
void sendStream(int member, const char *bytes, int count) {
  ssize_t sent = send(connections[member].handle, bytes, (size_t)count, MSG_NOSIGNAL);
  if (sent == count || !connections[member].isOpen) return;
  fprintf(stderr, "member %d cannot send: %s\n", member, strerror(errno));
  exit(1);
}

/* A flood that the server does not read stays with who floods. */
int hasRoom(int member) {
  int waiting = 0;
  return ioctl(connections[member].handle, SIOCOUTQ, &waiting) == 0 && waiting < 8192;
}

static void handle(int member, const char *bytes, size_t count, uint64_t now) {
  int isIn = isJoined(member);
  if (isIn && room.transport != IRC) {
    heard(member, bytes, count, now);
    return;
  }
  char out[2048];
  if (isIn && strncmp(bytes, "PING", 4)) heard(member, bytes, count, now);
  else {
    int length = nextStep(out, member, bytes, count, &connections[member].step, &isIn);
    if (length > 0) sendStream(member, out, length);
  }
}

/* The size of the next piece with what precedes its content (`head`); 0 when not all of it is there, -1 to pass over `*skip` bytes. */
static int64_t frameAt(Connection *one, const unsigned char *bytes, size_t count, int *head) {
  if (room.transport >= PAGE && one->step > 0) {
    if (count < 2) return 0;
    int64_t length = bytes[1] & 127;
    *head = length == 126 ? 4 : length == 127 ? 10 : 2;
    if (count < (size_t)*head) return 0;
    if (*head > 2) {
      length = 0;
      for (int index = 2; index < *head; index++) length = length << 8 | bytes[index];
    }
    length += *head;
    if (length > KEPT_BYTES) {
      one->skip = length;
      return -1;
    }
    return (size_t)length <= count ? length : 0;
  }
  *head = 0;
  /* The end of the HTTP answer, or of a line. */
  const char *text = (const char *)bytes;
  const char *end = room.transport >= PAGE ? memmem(text, count, "\r\n\r\n", 4) : memchr(text, '\n', count);
  if (end) return end - text + (room.transport >= PAGE ? 4 : 1);
  if (count < KEPT_BYTES) return 0;
  one->skip = -1;
  return -1;
}

/* Members that only listen are asked for signs of life, and cut off without one. */
static int isPing(const Connection *one, char first) {
  return room.transport >= PAGE && one->step > 0 && (first & 15) == 9;
}

/* With a mask of zeros. */
static void pong(int member, const char *content, size_t count) {
  if (count > 125) return;
  char out[6 + 125] = {(char)0x8a, (char)(0x80 | count)};
  memcpy(out + 6, content, count);
  sendStream(member, out, (int)(6 + count));
}

/* Gives how many bytes are done with. */
static size_t cut(int member, char *bytes, size_t count, uint64_t now) {
  Connection *one = &connections[member];
  size_t at = 0;
  while (at < count) {
    if (one->skip) {
      /* A long frame may be the one that says that the member is in: its beginning tells. */
      if (one->skip > 0) {
        size_t passed = (size_t)one->skip < count - at ? (size_t)one->skip : count - at;
        one->skip -= (int64_t)passed;
        at += passed;
        continue;
      }
      char *end = memchr(bytes + at, '\n', count - at);
      if (!end) return count;
      at = (size_t)(end - bytes) + 1;
      one->skip = 0;
      continue;
    }
    int head = 0;
    int64_t length = frameAt(one, (unsigned char *)bytes + at, count - at, &head);
    if (length == 0) break;
    if (length > 0) {
      if (isPing(one, bytes[at])) pong(member, bytes + at + head, (size_t)(length - head));
      else handle(member, bytes + at + head, (size_t)(length - head), now);
      at += (size_t)length;
    } else if (one->skip > 0) handle(member, bytes + at + head, count - at - (size_t)head < 256 ? count - at - (size_t)head : 256, now);
  }
  return at;
}

int receiveStream(int member) {
  static char space[KEPT_BYTES + READ_BYTES];
  Connection *one = &connections[member];
  if (one->kept) memcpy(space, one->bytes, (size_t)one->kept);
  ssize_t count = recv(one->handle, space + one->kept, READ_BYTES, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  if (count <= 0) {
    if (!cutOff++) fprintf(stderr, "member %d was cut off: %s\n", member, count ? strerror(errno) : "end");
    one->isOpen = 0;
    close(one->handle);
    return 0;
  }
  size_t total = (size_t)one->kept + (size_t)count, done = cut(member, space, total, nowNs());
  one->kept = (int)(total - done);
  if (one->kept > KEPT_BYTES) fail("kept");
  memcpy(one->bytes, space + done, (size_t)one->kept);
  return 1;
}

int stillOpen(void) {
  int count = 0;
  for (int index = 0; index < room.members; index++) count += connections[index].isOpen;
  return count;
}
