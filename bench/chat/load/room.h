/*
 * The load of the chat benchmark: one room of many members, in one process.
 *
 *   room-load --transport udp|lines|irc|page|ws --members N --port P          prints {"joined":N} once all are in
 *     run seconds=2 speakers=4 window=8        (closed loop)                  prints a line of figures for each "run"
 *     run seconds=2 speakers=50 rate=50        (at a pace)                    ends when its input does
     open                                                                    prints {"open":N}, connections that are
 *
 * A message carries its number and the time when it was due, so each delivery is known: counted once, late, double or lost.
 */
#ifndef LANEWORK_BENCH_ROOM_H
#define LANEWORK_BENCH_ROOM_H

#include "../../load/latency.h"
#include <stddef.h>
#include <stdint.h>

enum Transport { UDP, LINES, IRC, PAGE, WS };

typedef struct {
  enum Transport transport;
  int port;
  int members;
  /* Members of one room; the others are in the next ones. Speakers are in the first. */
  int roomMembers;
  /* Whether who says something hears it too. */
  int isEchoed;
  int sizeBytes;
} RoomOptions;

typedef struct {
  double seconds;
  int speakers;
  /* Messages under way at once, in closed loop. */
  int window;
  /* Messages a second of all speakers together; 0 for closed loop. */
  double rate;
  int flooders;
  /* Of each of them. */
  double floodRate;
} Run;

extern RoomOptions room;

/* The mark before a message's number; no protocol writes it by itself. */
#define MARK "=@"
#define MARK_BYTES 2
#define FLOOD_MARK "^^"
/* Mark, number and time in hex. */
#define LEAST_BYTES (MARK_BYTES + 32)
#define LONGEST_TEXT 1000

/* ledger.c: what was said, and what of it was heard. */
void beginLedger(const Run *run);
/* Writes the next message's text, from this speaker and due at this time. 0 when there is no room for more in this run. */
int nextText(char *text, int speaker, uint64_t dueNs);
/* Looks for a message in what a member was sent. */
void heard(int member, const char *bytes, size_t count, uint64_t atNs);
/* Messages that not all have heard yet; gives up those that are too old. */
int underWay(uint64_t atNs);
void endInTime(uint64_t endNs);
void printLedger(double seconds, double idleSeconds, double processorSeconds);

/* room-load.c */
int isJoined(int member);
void joined(int member);
void watch(int handle, uint64_t word);

/* udp.c, and stream.c with the dialects' words in words.c */
void openUdp(void);
int receiveUdp(int socketIndex);
void sendUdp(int member, const char *bytes, int count);
void openStream(int member);
int receiveStream(int member);
void sendStream(int member, const char *bytes, int count);
int hasRoom(int member);
int stillOpen(void);
/* What a member sends first, when it is connected; 0 for nothing. */
int greeting(char *out, int member);
/* What comes after this frame or line: the bytes to send, or 0. Sets `isIn` once the member is in its room. */
int nextStep(char *out, int member, const char *bytes, size_t count, int *step, int *isIn);
/* A message as this dialect sends it. */
int saying(char *out, int member, const char *text, int bytes);

#endif
