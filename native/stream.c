/*
 * Streams in batches: one epoll set for all connections and listeners of an environment.
 *
 *   epoll_wait ─▶ for each ready fd: accept4 or recv into the arena ─▶ events, eight int32 each:
 *
 *   +------+----+--------+-------+-------+----------+---+---+
 *   | kind | fd | offset | bytes | errno | listener | - | - |     offset and bytes: in the read arena
 *   +------+----+--------+-------+-------+----------+---+---+
 *
 * What does not fit into one batch comes first in the next, so that a few busy senders cannot starve the others.
 * A descriptor's generation travels in the epoll data: an event of a closed descriptor whose number
 * was given out again is recognised and dropped.
 */
#include "lanework.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

enum { EVENT_INTS = 8, READY_MAX = 256, READ_BYTES = 65536, QUAD = 4 };
enum { KIND_ACCEPT = 1, KIND_DATA = 2, KIND_END = 3, KIND_ERROR = 4, KIND_WRITABLE = 5, KIND_ACCEPT_ERROR = 6 };
enum { WANT_READ = 1, WANT_WRITE = 2 };

typedef struct {
  uint32_t generation;
  uint8_t watched;  /* known to JavaScript */
  uint8_t in_set;   /* added to the epoll set */
  uint8_t listener;
  uint8_t wanted;
  int32_t accepts;  /* connections a listener may accept in one batch */
} descriptor;

typedef struct {
  int epoll;
  uint8_t *arena;
  size_t arena_bytes;
  int32_t *events;
  int events_max;
  uint8_t *out_arena;
  int32_t *outgoing;
  descriptor *table;
  int table_size;
  struct epoll_event ready[READY_MAX];
  int ready_count; /* of the last epoll_wait... */
  int ready_next;  /* ... and the first that did not fit into the last batch */
} streams;

static void free_streams(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  streams *s = data;
  /* A thread that ends without closing its sockets must not leave them open. */
  for (int fd = 0; fd < s->table_size; fd++)
    if (s->table[fd].watched) close(fd);
  close(s->epoll);
  free(s->table);
  free(s);
}

/* streamOpen(arena, events, outArena, outgoing) -> handle */
static napi_value stream_open(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *arena, *events, *out_arena, *outgoing;
  size_t arena_size, events_size, out_size, outgoing_size;
  if (!take_arguments(env, info, &args, 4) || !to_bytes(env, args.values[0], &arena, &arena_size) || arena_size < READ_BYTES ||
      !to_bytes(env, args.values[1], &events, &events_size) || !to_bytes(env, args.values[2], &out_arena, &out_size) ||
      !to_bytes(env, args.values[3], &outgoing, &outgoing_size))
    return from_int(env, -EINVAL);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  if (epoll < 0) return from_int(env, -errno);
  streams *s = calloc(1, sizeof *s);
  s->epoll = epoll;
  s->arena = arena;
  s->arena_bytes = arena_size;
  s->events = (int32_t *)events;
  s->events_max = (int)(events_size / (EVENT_INTS * 4));
  s->out_arena = out_arena;
  s->outgoing = (int32_t *)outgoing;
  return new_handle(env, s, free_streams);
}

/* streamDescriptor(handle): the epoll set's own descriptor, to be watched by poll.c */
static napi_value stream_descriptor(napi_env env, napi_callback_info info) {
  arguments args;
  streams *s = take_handle(env, info, &args, 1);
  return from_int(env, s == NULL ? -EINVAL : s->epoll);
}

static descriptor *entry_of(streams *s, int fd) {
  if (fd >= s->table_size) {
    int size = s->table_size == 0 ? 256 : s->table_size;
    while (size <= fd) size *= 2;
    descriptor *table = realloc(s->table, (size_t)size * sizeof *table);
    if (table == NULL) return NULL;
    memset(table + s->table_size, 0, (size_t)(size - s->table_size) * sizeof *table);
    s->table = table;
    s->table_size = size;
  }
  return &s->table[fd];
}

static int apply(streams *s, int fd, descriptor *d) {
  uint32_t mask = ((d->wanted & WANT_READ) ? EPOLLIN : 0) | ((d->wanted & WANT_WRITE) ? EPOLLOUT : 0);
  struct epoll_event event = {.events = mask, .data.u64 = (uint64_t)d->generation << 32 | (uint32_t)fd};
  int status = epoll_ctl(s->epoll, d->in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event);
  if (status == 0) d->in_set = 1;
  return status < 0 ? -errno : 0;
}

static int watch(streams *s, int fd, int accepts, int wanted) {
  descriptor *d = entry_of(s, fd);
  if (d == NULL) return -ENOMEM;
  d->generation++;
  d->watched = 1;
  d->in_set = 0;
  d->listener = accepts > 0;
  d->accepts = accepts;
  d->wanted = (uint8_t)wanted;
  return apply(s, fd, d);
}

/* streamWatch(handle, fd, accepts, wanted): accepts > 0 makes it a listener */
static napi_value stream_watch(napi_env env, napi_callback_info info) {
  arguments args;
  streams *s = take_handle(env, info, &args, 4);
  if (s == NULL) return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[1]);
  /* A descriptor that somebody else opened may be a blocking one; accept4 would then stop the event loop. */
  int flags = fcntl(fd, F_GETFL);
  if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)) return from_int(env, -errno);
  release_descriptor(fd); /* The handle closes at its end what it watches. */
  return from_int(env, watch(s, fd, to_int(env, args.values[2]), to_int(env, args.values[3])));
}

/* streamWant(handle, fd, wanted) */
static napi_value stream_want(napi_env env, napi_callback_info info) {
  arguments args;
  streams *s = take_handle(env, info, &args, 3);
  if (s == NULL) return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[1]);
  if (fd < 0 || fd >= s->table_size || !s->table[fd].watched) return from_int(env, -EBADF);
  s->table[fd].wanted = (uint8_t)to_int(env, args.values[2]);
  return from_int(env, apply(s, fd, &s->table[fd]));
}

/* streamForget(handle, fd): before the descriptor is closed or handed to somebody else */
static napi_value stream_forget(napi_env env, napi_callback_info info) {
  arguments args;
  streams *s = take_handle(env, info, &args, 2);
  if (s == NULL) return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[1]);
  if (fd < 0 || fd >= s->table_size || !s->table[fd].watched) return from_int(env, -EBADF);
  if (s->table[fd].in_set) epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
  s->table[fd].watched = s->table[fd].in_set = 0;
  s->table[fd].generation++;
  return from_int(env, 0);
}

static void put_event(streams *s, int *count, int kind, int fd, size_t offset, int64_t bytes, int error, int listener) {
  int32_t *event = s->events + (*count)++ * EVENT_INTS;
  event[0] = kind;
  event[1] = fd;
  event[2] = (int32_t)offset;
  event[3] = (int32_t)bytes;
  event[4] = error;
  event[5] = listener;
}

/* Accepts up to the listener's share; each new connection is watched for reading at once. */
static void accept_batch(streams *s, int listener, int *count, size_t *used) {
  int share = s->table[listener].accepts;
  for (int i = 0; i < share && *count < s->events_max && *used + RECORD_BYTES <= s->arena_bytes; i++) {
    uint8_t *record = s->arena + *used;
    socklen_t length = RECORD_NAME_BYTES;
    memset(record, 0, RECORD_BYTES);
    int fd = accept4(listener, (struct sockaddr *)(record + RECORD_NAME), &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
    if (fd < 0 && errno == EAGAIN) return;
    if (fd < 0) {
      put_event(s, count, KIND_ACCEPT_ERROR, listener, 0, 0, errno, listener);
      return;
    }
    uint32_t kept = length;
    memcpy(record, &kept, 4);
    int status = watch(s, fd, 0, WANT_READ);
    if (status < 0) {
      close(fd);
      put_event(s, count, KIND_ACCEPT_ERROR, listener, 0, 0, -status, listener);
      return;
    }
    put_event(s, count, KIND_ACCEPT, fd, *used, RECORD_BYTES, 0, listener);
    *used += RECORD_BYTES;
  }
}

static void read_once(streams *s, int fd, int *count, size_t *used) {
  ssize_t got = recv(fd, s->arena + *used, READ_BYTES, MSG_DONTWAIT);
  if (got > 0) {
    put_event(s, count, KIND_DATA, fd, *used, got, 0, 0);
    *used += ((size_t)got + 7) & ~(size_t)7;
    return;
  }
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  /* After the end or an error nothing more can be read: without this the set would report it for ever. */
  s->table[fd].wanted &= (uint8_t)~WANT_READ;
  put_event(s, count, got == 0 ? KIND_END : KIND_ERROR, fd, 0, 0, got == 0 ? 0 : errno, 0);
  apply(s, fd, &s->table[fd]);
}

/* A hang-up or error that nobody asked to read: report the error, and leave the set so that it does not spin. */
static void hang_up(streams *s, int fd, uint32_t ready, int *count) {
  if (ready & EPOLLERR) {
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    put_event(s, count, KIND_ERROR, fd, 0, 0, error == 0 ? ECONNRESET : error, 0);
  }
  epoll_ctl(s->epoll, EPOLL_CTL_DEL, fd, NULL);
  s->table[fd].in_set = 0;
}

/* streamWait(handle): number of events now in the events buffer, or -errno; never blocks */
static napi_value stream_wait(napi_env env, napi_callback_info info) {
  arguments args;
  streams *s = take_handle(env, info, &args, 1);
  if (s == NULL) return from_int(env, -EINVAL);
  int count = 0;
  size_t used = 0;
  if (s->ready_next >= s->ready_count) {
    int ready = epoll_wait(s->epoll, s->ready, READY_MAX, 0);
    if (ready < 0) return from_int(env, errno == EINTR ? 0 : -errno);
    s->ready_count = ready;
    s->ready_next = 0;
  }
  for (; s->ready_next < s->ready_count; s->ready_next++) {
    int i = s->ready_next;
    if (count + 2 > s->events_max || used + READ_BYTES > s->arena_bytes) break;
    uint32_t mask = s->ready[i].events;
    int fd = (int)(uint32_t)s->ready[i].data.u64;
    if (fd >= s->table_size || !s->table[fd].watched || s->table[fd].generation != (uint32_t)(s->ready[i].data.u64 >> 32)) continue;
    if (s->table[fd].listener) {
      if (s->table[fd].wanted & WANT_READ) accept_batch(s, fd, &count, &used);
      continue;
    }
    if ((mask & EPOLLOUT) && (s->table[fd].wanted & WANT_WRITE)) put_event(s, &count, KIND_WRITABLE, fd, 0, 0, 0, 0);
    if (s->table[fd].wanted & WANT_READ) {
      if (mask & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_once(s, fd, &count, &used);
    } else if (mask & (EPOLLHUP | EPOLLERR)) {
      hang_up(s, fd, mask, &count);
    }
  }
  return from_int(env, count);
}

static int64_t write_some(int fd, const uint8_t *bytes, size_t size) {
  ssize_t sent;
  do sent = send(fd, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : sent;
}

/* streamFlush(handle, count): writes the first `count` outgoing quads [fd, offset, bytes, result];
   result is the number of bytes written or -errno. Returns how many entries were not written whole. */
static napi_value stream_flush(napi_env env, napi_callback_info info) {
  arguments args;
  streams *s = take_handle(env, info, &args, 2);
  if (s == NULL) return from_int(env, -EINVAL);
  int count = to_int(env, args.values[1]), partial = 0;
  for (int i = 0; i < count; i++) {
    int32_t *quad = s->outgoing + i * QUAD;
    quad[3] = (int32_t)write_some(quad[0], s->out_arena + quad[1], (size_t)quad[2]);
    partial += quad[3] != quad[2];
  }
  return from_int(env, partial);
}

/* streamWrite(fd, buffer, offset, end?): bytes written or -errno; for writes too large for the arena */
static napi_value stream_write(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *bytes;
  size_t size;
  if (!take_arguments(env, info, &args, 3) || !to_bytes(env, args.values[1], &bytes, &size)) return from_int(env, -EINVAL);
  int64_t offset = 0;
  napi_get_value_int64(env, args.values[2], &offset);
  int64_t end = (int64_t)size;
  if (args.count > 3) napi_get_value_int64(env, args.values[3], &end);
  if (offset < 0 || end < offset || (size_t)end > size) return from_int(env, -EINVAL);
  return from_int(env, write_some(to_int(env, args.values[0]), bytes + offset, (size_t)(end - offset)));
}

void export_streams(napi_env env, napi_value exports) {
  export_function(env, exports, "streamOpen", stream_open);
  export_function(env, exports, "streamDescriptor", stream_descriptor);
  export_function(env, exports, "streamWatch", stream_watch);
  export_function(env, exports, "streamWant", stream_want);
  export_function(env, exports, "streamForget", stream_forget);
  export_function(env, exports, "streamWait", stream_wait);
  export_function(env, exports, "streamFlush", stream_flush);
  export_function(env, exports, "streamWrite", stream_write);
}
