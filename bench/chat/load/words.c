/* What members of each protocol send and wait for on their way into their room, and how they say something. */
#define _GNU_SOURCE
#include "room.h"
#include <stdio.h>
#include <string.h>

static int roomOf(int member) { return member / room.roomMembers; }

/* A client's frame, masked with zeros: the server cannot tell, and unmasks it all the same. */
static int frame(char *out, const char *text, int bytes) {
  int head = bytes < 126 ? 2 : 4;
  out[0] = (char)0x81;
  out[1] = (char)(0x80 | (bytes < 126 ? bytes : 126));
  if (head == 4) {
    out[2] = (char)(bytes >> 8);
    out[3] = (char)bytes;
  }
  memset(out + head, 0, 4);
  memcpy(out + head + 4, text, (size_t)bytes);
  return head + 4 + bytes;
}

int greeting(char *out, int member) {
  switch (room.transport) {
  case UDP:
    return sprintf(out, "hello");
  case IRC:
    return sprintf(out, "NICK n%d\r\nUSER n%d 0 * :n%d\r\n", member, member, member);
  case PAGE:
  case WS:
    return sprintf(out,
                   "GET /chat HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
                   room.port);
  default:
    return 0;
  }
}

static int has(const char *bytes, size_t count, const char *word) { return memmem(bytes, count, word, strlen(word)) != NULL; }

static int stepOfPage(char *out, int member, const char *bytes, size_t count, int *step, int *isIn) {
  char text[512];
  if (*step == 0) {
    if (!has(bytes, count, " 101 ")) return 0;
    *step = 1;
    if (room.transport == WS) *isIn = 1;
    else return frame(out, text, sprintf(text, "{\"do\":\"enter\",\"ref\":\"e\",\"nick\":\"n%d\",\"isFlexible\":true}", member));
  } else if (*step == 1 && has(bytes, count, "\"hello\"")) {
    *step = 2;
    int length = roomOf(member) == 0 ? sprintf(text, "{\"do\":\"join\",\"ref\":\"j\",\"room\":\"#lobby\"}")
                                     : sprintf(text, "{\"do\":\"join\",\"ref\":\"j\",\"room\":\"#r%d\"}", roomOf(member));
    return frame(out, text, length);
  } else if (*step == 2 && has(bytes, count, "\"ref\":\"j\"") && has(bytes, count, "\"ok\"")) {
    *isIn = 1;
  }
  return 0;
}

static int stepOfIrc(char *out, int member, const char *bytes, size_t count, int *step, int *isIn) {
  if (!strncmp(bytes, "PING", 4)) return sprintf(out, "PONG%.*s\r\n", (int)(count < 400 ? count - 4 : 400), bytes + 4);
  if (*step == 0 && has(bytes, count, " 001 ")) {
    *step = 1;
    return roomOf(member) == 0 ? sprintf(out, "JOIN #lobby\r\n") : sprintf(out, "JOIN #r%d\r\n", roomOf(member));
  }
  if (*step == 1 && has(bytes, count, " 366 ")) *isIn = 1;
  return 0;
}

int nextStep(char *out, int member, const char *bytes, size_t count, int *step, int *isIn) {
  int length = 0, was = *isIn;
  if (room.transport == UDP) *isIn = 1;
  else if (room.transport == LINES) *isIn = has(bytes, count, "welcome to ");
  else if (room.transport == IRC) length = stepOfIrc(out, member, bytes, count, step, isIn);
  else length = stepOfPage(out, member, bytes, count, step, isIn);
  if (*isIn && !was) joined(member);
  return length;
}

int saying(char *out, int member, const char *text, int bytes) {
  char whole[LONGEST_TEXT + 100];
  (void)member;
  switch (room.transport) {
  case LINES:
    return sprintf(out, "%.*s\n", bytes, text);
  case IRC:
    return sprintf(out, "PRIVMSG #lobby :%.*s\r\n", bytes, text);
  case PAGE:
    return frame(out, whole, sprintf(whole, "{\"do\":\"say\",\"to\":\"#lobby\",\"kind\":\"message\",\"text\":\"%.*s\"}", bytes, text));
  case WS:
    return frame(out, text, bytes);
  default:
    memcpy(out, text, (size_t)bytes);
    return bytes;
  }
}
