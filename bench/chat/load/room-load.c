/* The load of the chat benchmark: lets members in, and runs what its input says; room.h tells how. */
#define _GNU_SOURCE
#include "room.h"
#include "../../load/common.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EVENTS 256
#define JOINING 32
#define JOIN_NS 150000000000ull
#define AGAIN_NS 500000000ull
#define DRAIN_NS 2000000000ull

/* Not the load generators' common options: only these are known here. */
RoomOptions room = {.members = 100, .isEchoed = 1, .sizeBytes = 64};
int joinedCount;
static int epollHandle;
static char *isIn;
static uint64_t *askedNs;
/* What the input says; its end is the end of the load. */
#define INPUT ((uint64_t)-1)
static char command[512];
static int commandBytes, isEnded;

static void refuse(const char *what) {
  fprintf(stderr, "room-load: %s\n", what);
  exit(2);
}

static void readWords(int count, char **words) {
  static const char *transports[] = {"udp", "lines", "irc", "page", "ws"};
  for (int index = 1; index + 1 < count; index += 2) {
    const char *name = words[index], *value = words[index + 1];
    if (!strcmp(name, "--port")) room.port = atoi(value);
    else if (!strcmp(name, "--members")) room.members = atoi(value);
    else if (!strcmp(name, "--room-members")) room.roomMembers = atoi(value);
    else if (!strcmp(name, "--echo")) room.isEchoed = atoi(value);
    else if (!strcmp(name, "--size")) room.sizeBytes = atoi(value);
    else if (!strcmp(name, "--transport")) {
      int found = -1;
      for (int each = 0; each < 5; each++) if (!strcmp(value, transports[each])) found = each;
      if (found < 0) refuse("no such transport");
      room.transport = (enum Transport)found;
    } else refuse("unknown option");
  }
  if (room.port < 1 || room.port > 65535) refuse("--port");
  if (room.members < 2 || room.members > 20000) refuse("--members");
  if (!room.roomMembers) room.roomMembers = room.members;
  if (room.sizeBytes < LEAST_BYTES || room.sizeBytes > LONGEST_TEXT) refuse("--size");
}

void watch(int handle, uint64_t word) {
  struct epoll_event event = {.events = EPOLLIN, .data.u64 = word};
  if (epoll_ctl(epollHandle, EPOLL_CTL_ADD, handle, &event)) fail("epoll_ctl");
}

int isJoined(int member) { return member >= 0 && member < room.members && isIn[member]; }

void joined(int member) {
  isIn[member] = 1;
  joinedCount++;
}

void say(int member, const char *text, int bytes) {
  char out[LONGEST_TEXT + 200];
  int count = saying(out, member, text, bytes);
  if (room.transport == UDP) sendUdp(member, out, count);
  else sendStream(member, out, count);
}

static void readCommand(void) {
  ssize_t count = read(STDIN_FILENO, command + commandBytes, sizeof command - 1 - (size_t)commandBytes);
  if (count <= 0) isEnded = 1;
  else commandBytes += (int)count;
  command[commandBytes] = 0;
}

int handleEvents(int timeoutMs) {
  struct epoll_event events[EVENTS];
  int count = epoll_wait(epollHandle, events, EVENTS, timeoutMs), found = 0;
  for (int index = 0; index < count; index++) {
    int which = (int)events[index].data.u64;
    if (events[index].data.u64 == INPUT) {
      readCommand();
      continue;
    }
    found += room.transport == UDP ? receiveUdp(which) : receiveStream(which);
  }
  return found;
}

static void begin(int member) {
  askedNs[member] = nowNs();
  if (room.transport != UDP) return openStream(member);
  char out[64];
  sendUdp(member, out, greeting(out, member));
}

/* So many at once, the oldest asked again where datagrams were lost. */
static void letAllIn(void) {
  uint64_t startNs = nowNs();
  int begun = 0, oldest = 0;
  while (joinedCount < room.members) {
    while (begun < room.members && begun - joinedCount < JOINING) begin(begun++);
    handleEvents(100);
    while (oldest < begun && isIn[oldest]) oldest++;
    uint64_t now = nowNs();
    if (room.transport == UDP && oldest < begun && now - askedNs[oldest] > AGAIN_NS) begin(oldest);
    if (now - startNs < JOIN_NS) continue;
    fprintf(stderr, "only %d of %d are in\n", joinedCount, room.members);
    exit(1);
  }
  printf("{\"joined\":%d,\"seconds\":%.3f}\n", joinedCount, (double)(nowNs() - startNs) / 1e9);
  fflush(stdout);
}

/* Among the first nine tenths: the last members are those that flood. */
static int speakerOf(int turn, const Run *run) {
  return (int)((long)(turn % run->speakers) * (room.roomMembers * 9 / 10) / run->speakers);
}

/* Says what is due: in closed loop what others have made room for. Gives 1 where the next is not due yet. */
static void speak(const Run *run, uint64_t startNs, uint64_t now, int *turn) {
  char text[LONGEST_TEXT + 1];
  for (;;) {
    uint64_t dueNs = run->rate > 0 ? startNs + (uint64_t)((double)*turn * 1e9 / run->rate) : now;
    if (run->rate > 0 ? dueNs > now : underWay(now) >= run->window) return;
    int length = nextText(text, *turn % run->speakers, dueNs);
    if (!length) return;
    say(speakerOf((*turn)++, run), text, length);
  }
}

static void flood(const Run *run, uint64_t startNs, uint64_t now, long *floods) {
  static const char text[] = FLOOD_MARK " buy now, buy now, buy now";
  double due = (double)(now - startNs) / 1e9 * run->floodRate * run->flooders;
  /* Not all that was missed at once: they are many, and not one. */
  for (int burst = 0; (double)*floods < due && burst < 64; burst++, (*floods)++) {
    int member = room.roomMembers - 1 - (int)(*floods % run->flooders);
    if (room.transport == UDP || hasRoom(member)) say(member, text, sizeof text - 1);
  }
}

static double processorSeconds(void) {
  struct rusage used;
  getrusage(RUSAGE_SELF, &used);
  return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
         (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

static void runOnce(const Run *run) {
  int turn = 0;
  long floods = 0;
  double idle = 0, usedBefore = processorSeconds();
  uint64_t startNs = nowNs(), endNs = startNs + (uint64_t)(run->seconds * 1e9);
  beginLedger(run);
  endInTime(endNs);
  for (;;) {
    uint64_t now = nowNs();
    if (now < endNs) speak(run, startNs, now, &turn);
    else if (!underWay(now) || now > endNs + DRAIN_NS) break;
    if (run->flooders && now < endNs) flood(run, startNs, now, &floods);
    /* It does not sleep: waking it would be the server's work. */
    if (handleEvents(0) == 0 && now < endNs) idle += (double)(nowNs() - now) / 1e9;
  }
  printLedger(run->seconds, idle, processorSeconds() - usedBefore);
}

static double numberOf(const char *line, const char *name, double otherwise) {
  const char *found = strstr(line, name);
  return found ? atof(found + strlen(name)) : otherwise;
}

static void runCommand(const char *line) {
  Run run = {
      .seconds = numberOf(line, "seconds=", 1),
      .speakers = (int)numberOf(line, "speakers=", 4),
      .window = (int)numberOf(line, "window=", 4),
      .rate = numberOf(line, " rate=", 0),
      .flooders = (int)numberOf(line, "flooders=", 0),
      .floodRate = numberOf(line, "floodrate=", 0),
  };
  if (run.seconds <= 0 || run.seconds > 600 || run.speakers < 1 || run.speakers > room.roomMembers * 9 / 10) refuse("run");
  runOnce(&run);
}

static void printOpen(void) {
  printf("{\"open\":%d}\n", room.transport == UDP ? room.members : stillOpen());
  fflush(stdout);
}

int main(int count, char **words) {
  readWords(count, words);
  raiseOpenFiles();
  epollHandle = epoll_create1(EPOLL_CLOEXEC);
  isIn = calloc((size_t)room.members, 1);
  askedNs = calloc((size_t)room.members, sizeof *askedNs);
  if (epollHandle < 0 || !isIn || !askedNs) fail("start");
  if (room.transport == UDP) openUdp();
  letAllIn();
  watch(STDIN_FILENO, INPUT);
  for (;;) {
    char *end = strchr(command, '\n');
    if (!end) {
      if (isEnded) break;
      handleEvents(1000);
      continue;
    }
    *end = 0;
    if (!strncmp(command, "run", 3)) runCommand(command);
    else if (!strncmp(command, "open", 4)) printOpen();
    else refuse("unknown command");
    commandBytes -= (int)(end + 1 - command);
    memmove(command, end + 1, (size_t)commandBytes + 1);
  }
  return 0;
}
