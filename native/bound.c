/*
 * What a supervisor does with sockets that its lanes serve: spreading a group, accepting for others, emptying queues.
 *
 *   spreadGroup(fd, instructions)        classic BPF that names the socket of a SO_REUSEPORT group for each arrival;
 *                                        none: the kernel's own choice again
 *   acceptMany(fd, records, fds)         up to as many connections as `fds` has room for
 *   discardDatagrams(fd, most)           takes and forgets; how many
 *   discardConnections(fd, most)         accepts and resets; how many
 */
#include "lanework.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <unistd.h>

enum { BATCH = 64 };

/* spreadGroup(fd, instructions of eight bytes each, or none): 0 or -errno; holds for all sockets of the group */
static napi_value spread_group(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *code;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &code, &size) ||
      size % sizeof(struct sock_filter) != 0 || size / sizeof(struct sock_filter) > BPF_MAXINSNS)
    return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[0]);
  if (size == 0) {
    int none = 0;
    /* ENOENT: there was no program */
    bool done = setsockopt(fd, SOL_SOCKET, SO_DETACH_REUSEPORT_BPF, &none, sizeof none) == 0 || errno == ENOENT;
    return from_int(env, done ? 0 : -errno);
  }
  struct sock_fprog program = {.len = (unsigned short)(size / sizeof(struct sock_filter)), .filter = (struct sock_filter *)code};
  int status = setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof program);
  return from_int(env, status < 0 ? -errno : 0);
}

static int accept_one(int listener, struct sockaddr *name, socklen_t *length) {
  int fd;
  do fd = accept4(listener, name, length, SOCK_NONBLOCK | SOCK_CLOEXEC);
  while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
  return fd;
}

/* acceptMany(fd, records, fds Int32Array): how many, 0 when none waits, or -errno when the first could not be accepted */
static napi_value accept_many(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *records, *fds;
  size_t records_size, fds_size;
  if (!take_arguments(env, info, &args, 3) || !to_bytes(env, args.values[1], &records, &records_size) ||
      !to_bytes(env, args.values[2], &fds, &fds_size) || records_size / RECORD_BYTES < fds_size / sizeof(int32_t))
    return from_int(env, -EINVAL);
  int listener = to_int(env, args.values[0]);
  int most = (int)(fds_size / sizeof(int32_t)), count = 0;
  memset(records, 0, records_size);
  while (count < most) {
    uint8_t *record = records + (size_t)count * RECORD_BYTES;
    socklen_t length = RECORD_NAME_BYTES;
    int32_t fd = accept_one(listener, (struct sockaddr *)(record + RECORD_NAME), &length);
    if (fd < 0 && errno != EAGAIN && count == 0) return from_int(env, -errno);
    if (fd < 0) break;
    uint32_t kept = length;
    memcpy(record, &kept, 4);
    memcpy(fds + (size_t)count++ * sizeof fd, &fd, sizeof fd);
  }
  return from_int(env, count);
}

static napi_value discard_datagrams(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[0]), most = to_int(env, args.values[1]), count = 0;
  struct mmsghdr messages[BATCH];
  while (count < most) {
    memset(messages, 0, sizeof messages); /* no room for any byte: the datagram goes all the same */
    int wanted = most - count < BATCH ? most - count : BATCH;
    int got = recvmmsg(fd, messages, (unsigned)wanted, MSG_DONTWAIT, NULL);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    count += got;
  }
  return from_int(env, count);
}

static napi_value discard_connections(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  int listener = to_int(env, args.values[0]), most = to_int(env, args.values[1]), count = 0;
  int flags = fcntl(listener, F_GETFL); /* one that somebody else opened may block */
  if (flags < 0 || (!(flags & O_NONBLOCK) && fcntl(listener, F_SETFL, flags | O_NONBLOCK) < 0)) return from_int(env, -errno);
  struct linger reset = {.l_onoff = 1, .l_linger = 0};
  while (count < most) {
    int fd = accept_one(listener, NULL, NULL);
    if (fd < 0) break;
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    close(fd);
    count++;
  }
  return from_int(env, count);
}

void export_bound(napi_env env, napi_value exports) {
  export_function(env, exports, "spreadGroup", spread_group);
  export_function(env, exports, "acceptMany", accept_many);
  export_function(env, exports, "discardDatagrams", discard_datagrams);
  export_function(env, exports, "discardConnections", discard_connections);
}
