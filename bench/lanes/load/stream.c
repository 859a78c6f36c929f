/* One connection of the TCP load, from its connect to its end: see stream.h. */
#define _GNU_SOURCE
#include "stream.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONNECT_LIMIT_NS 5000000000ull

static void watch(Streams *streams, Stream *stream, int operation, uint32_t interest) {
  struct epoll_event event = {.events = interest, .data.u32 = (uint32_t)stream->place};
  if (epoll_ctl(streams->poller, operation, stream->handle, &event)) fail("epoll_ctl");
}

static void leave(Stream *stream) {
  close(stream->handle);
  stream->stage = FREE;
}

static void failConnect(Streams *streams, Stream *stream, int reason) {
  if (reason == ECONNREFUSED) streams->fates.refused++;
  else if (reason == ETIMEDOUT) streams->fates.timedOut++;
  else streams->fates.reset++;
  leave(stream);
}

void openStream(Streams *streams, Stream *stream, int requests, uint64_t now) {
  stream->handle = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (stream->handle < 0) fail("socket");
  stream->stage = CONNECTING;
  stream->lasting = requests == 0;
  stream->left = requests;
  stream->waiting = stream->incomingBytes = stream->outgoingBytes = 0;
  stream->answers = 0;
  stream->sinceNs = now;
  /* Several source addresses: one alone would run out of ports that wait for their last segments. */
  struct sockaddr_in source = loopback(0), address = loopback(streams->port);
  source.sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(streams->opened++ % SPREAD_SOURCES));
  int on = 1;
  setsockopt(stream->handle, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  setsockopt(stream->handle, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (bind(stream->handle, (struct sockaddr *)&source, sizeof source)) fail("bind");
  streams->fates.connects++;
  if (connect(stream->handle, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) {
    failConnect(streams, stream, errno);
    return;
  }
  stream->wantsWritable = 1;
  watch(streams, stream, EPOLL_CTL_ADD, EPOLLIN | EPOLLOUT);
}

/* The connection is over: what it still waits for is never answered. */
static void end(Streams *streams, Stream *stream) {
  Fates *fates = &streams->fates;
  fates->cutRequests += (uint64_t)stream->waiting;
  if (stream->waiting > 0) fates->cut++;
  else fates->closed++;
  if (stream->waiting > 0 && stream->answers == 0) fates->barren++;
  leave(stream);
}

void flushStream(Streams *streams, Stream *stream) {
  if (stream->outgoingBytes > 0) {
    ssize_t taken = send(stream->handle, stream->outgoing, (size_t)stream->outgoingBytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (taken < 0 && errno != EAGAIN) return; /* The reading side tells how it ended. */
    if (taken > 0) {
      stream->outgoingBytes -= (int)taken;
      memmove(stream->outgoing, stream->outgoing + taken, (size_t)stream->outgoingBytes);
    }
  }
  int wantsWritable = stream->outgoingBytes > 0;
  if (wantsWritable == stream->wantsWritable) return;
  stream->wantsWritable = wantsWritable;
  watch(streams, stream, EPOLL_CTL_MOD, wantsWritable ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

int ask(Streams *streams, Stream *stream, uint64_t dueNs) {
  if (stream->stage != OPEN || stream->outgoingBytes + LINE_BYTES > OUTGOING_BYTES) return 0;
  writeLine(stream->outgoing + stream->outgoingBytes, noteSent(streams->ledger, stream->place, dueNs));
  stream->outgoingBytes += LINE_BYTES;
  stream->waiting++;
  return 1;
}

static void connected(Streams *streams, Stream *stream, uint64_t now) {
  int reason = 0;
  socklen_t bytes = sizeof reason;
  getsockopt(stream->handle, SOL_SOCKET, SO_ERROR, &reason, &bytes);
  if (reason != 0) {
    failConnect(streams, stream, reason);
    return;
  }
  uint64_t tookNs = now - stream->sinceNs;
  streams->fates.connected++;
  latencyRecord(&streams->fates.latency, tookNs);
  if (tookNs > streams->fates.slowestNs) streams->fates.slowestNs = tookNs;
  stream->stage = OPEN;
  if (stream->left > 0) {
    stream->left--;
    ask(streams, stream, now);
  }
  flushStream(streams, stream);
}

static int takeLines(Streams *streams, Stream *stream, uint64_t now) {
  int used = 0, settled = 0;
  for (; used + LINE_BYTES <= stream->incomingBytes; used += LINE_BYTES) {
    settled += noteReply(streams->ledger, stream->incoming + used, LINE_BYTES, now, now < streams->stopNs);
    stream->waiting--;
    stream->answers++;
  }
  stream->incomingBytes -= used;
  memmove(stream->incoming, stream->incoming + used, (size_t)stream->incomingBytes);
  return settled;
}

static int readStream(Streams *streams, Stream *stream, uint64_t now) {
  int settled = 0;
  for (;;) {
    size_t room = sizeof stream->incoming - (size_t)stream->incomingBytes;
    ssize_t got = recv(stream->handle, stream->incoming + stream->incomingBytes, room, MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return settled;
    if (got <= 0) {
      end(streams, stream);
      return settled;
    }
    stream->incomingBytes += (int)got;
    settled += takeLines(streams, stream, now);
    if ((size_t)got < room) return settled;
  }
}

/* The next request of a short connection, or its end. */
static void goOn(Streams *streams, Stream *stream, uint64_t now) {
  if (stream->waiting > 0) return;
  if (stream->left == 0) {
    streams->fates.done++;
    leave(stream);
    return;
  }
  stream->left--;
  ask(streams, stream, now);
  flushStream(streams, stream);
}

int serveStream(Streams *streams, Stream *stream, uint32_t events, uint64_t now) {
  if (stream->stage == FREE) return 0;
  if (stream->stage == CONNECTING) {
    if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP))) return 0;
    connected(streams, stream, now);
    if (stream->stage != OPEN) return 0;
  }
  int settled = events & (EPOLLIN | EPOLLERR | EPOLLHUP) ? readStream(streams, stream, now) : 0;
  if (stream->stage == OPEN && stream->outgoingBytes > 0) flushStream(streams, stream);
  if (stream->stage == OPEN && !stream->lasting && settled > 0) goOn(streams, stream, now);
  return settled;
}

void checkConnect(Streams *streams, Stream *stream, uint64_t now) {
  if (stream->stage != CONNECTING || now - stream->sinceNs < CONNECT_LIMIT_NS) return;
  failConnect(streams, stream, ETIMEDOUT);
}

void printFates(const Fates *fates) {
  printf(",\"connects\":%llu,\"connected\":%llu,\"refused\":%llu,\"reset\":%llu,\"timedOut\":%llu,",
         (unsigned long long)fates->connects, (unsigned long long)fates->connected, (unsigned long long)fates->refused,
         (unsigned long long)fates->reset, (unsigned long long)fates->timedOut);
  printf("\"done\":%llu,\"closed\":%llu,\"cut\":%llu,\"barren\":%llu,\"cutRequests\":%llu,\"unsent\":%llu,",
         (unsigned long long)fates->done, (unsigned long long)fates->closed, (unsigned long long)fates->cut,
         (unsigned long long)fates->barren, (unsigned long long)fates->cutRequests, (unsigned long long)fates->unsent);
  printf("\"connectP50Us\":%.1f,\"connectP99Us\":%.1f,\"connectSlowestMs\":%.3f", latencyUs(&fates->latency, 0.5),
         latencyUs(&fates->latency, 0.99), (double)fates->slowestNs / 1e6);
}
