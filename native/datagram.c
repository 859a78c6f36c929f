/*
 * Batches of datagrams: recvmmsg into a ring of slots, sendmmsg out of an arena.
 *
 *   slots (JavaScript's)      received: one int32 quad a datagram        arrivals: a record a slot
 *   +--------+--------+--     +-------+----------+-------+---+           +----------+----------+--
 *   | slot 0 | slot 1 | ...   | bytes | endpoint | flags | - | ...       | record 0 | record 1 | ...
 *   +--------+--------+--     +-------+----------+-------+---+           +----------+----------+--
 *
 * Peers are interned: a two-way associative table by a hash of the address, so that a datagram of a
 * known peer costs one comparison and JavaScript gets a small integer. A replaced or new entry is
 * flagged and its record stands in `arrivals` at the slot's place; JavaScript reads the flags in order.
 * A reply names the slot of its request and so never depends on the table.
 *
 * With datagramTimes the kernel says when each datagram came (SO_TIMESTAMPNS): pairs of seconds since 1970 and nanoseconds,
 * one a slot, and behind them the time at which the batch was taken.
 */
#include "lanework.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS_MAX = 64, SLOT_PADDING = 576, QUAD = 4, TABLE_ENTRIES = 2048 };
enum { FLAG_TRUNCATED = 1, FLAG_NEW_ENDPOINT = 2 };
enum { TO_CONNECTED = -2, TO_RECORD = -1 };

typedef union {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(struct in6_pktinfo))];
} pktinfo_control;

typedef union {
  struct cmsghdr header;
  char space[CMSG_SPACE(sizeof(struct in6_pktinfo)) + CMSG_SPACE(sizeof(struct timespec))];
} arrival_control;

typedef struct {
  int fd;
  int with_local;
  int used; /* slots that hold the last batch; their names serve its replies */
  int32_t *received;
  uint8_t *arrivals;
  double *times; /* NULL: not asked for */
  uint8_t *arena;
  int32_t *outgoing;
  uint8_t *outgoing_records;
  struct mmsghdr in[SLOTS_MAX];
  struct iovec in_vector[SLOTS_MAX];
  struct sockaddr_storage in_name[SLOTS_MAX];
  arrival_control in_control[SLOTS_MAX];
  struct mmsghdr out[SLOTS_MAX];
  struct iovec out_vector[SLOTS_MAX];
  pktinfo_control out_control[SLOTS_MAX];
  _Alignas(8) uint8_t table[TABLE_ENTRIES * RECORD_BYTES];
} datagrams;

static void rearm(datagrams *d, int slot) {
  struct msghdr *header = &d->in[slot].msg_hdr;
  header->msg_namelen = sizeof d->in_name[slot];
  header->msg_controllen = header->msg_control != NULL ? sizeof d->in_control[slot] : 0;
  header->msg_flags = 0;
}

/* A thread that ends without closing its sockets must not leave them bound: the handle owns its descriptor. */
static void free_datagrams(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  datagrams *d = data;
  if (d->fd >= 0) close(d->fd);
  free(d);
}

/* datagramClose(handle) */
static napi_value datagram_close(napi_env env, napi_callback_info info) {
  arguments args;
  datagrams *d = take_handle(env, info, &args, 1);
  if (d == NULL) return from_int(env, -EINVAL);
  int status = d->fd < 0 ? -1 : close(d->fd);
  d->fd = -1;
  return from_int(env, status < 0 ? -EBADF : 0);
}

/* datagramOpen(fd, slotMemory, slotBytes, received, arrivals, arena, outgoing, withLocal) -> handle
   `outgoing` holds n int32 quads and, behind them, n records: see datagramSend. */
static napi_value datagram_open(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *memory, *received, *arrivals, *arena, *outgoing;
  size_t memory_size, received_size, arrivals_size, arena_size, outgoing_size;
  if (!take_arguments(env, info, &args, 8) || !to_bytes(env, args.values[1], &memory, &memory_size) ||
      !to_bytes(env, args.values[3], &received, &received_size) || !to_bytes(env, args.values[4], &arrivals, &arrivals_size) ||
      !to_bytes(env, args.values[5], &arena, &arena_size) || !to_bytes(env, args.values[6], &outgoing, &outgoing_size))
    return from_int(env, -EINVAL);
  size_t slot_bytes = (size_t)to_int(env, args.values[2]);
  size_t stride = slot_bytes + SLOT_PADDING; /* an odd number of cache lines: slots do not share cache sets */
  if (arrivals_size < SLOTS_MAX * RECORD_BYTES || received_size < SLOTS_MAX * QUAD * 4 || memory_size < stride * SLOTS_MAX)
    return from_int(env, -EINVAL);
  datagrams *d = calloc(1, sizeof *d);
  d->fd = to_int(env, args.values[0]);
  release_descriptor(d->fd);
  d->with_local = to_int(env, args.values[7]);
  d->received = (int32_t *)received;
  d->arrivals = arrivals;
  d->arena = arena;
  d->outgoing = (int32_t *)outgoing;
  size_t entries = outgoing_size / (QUAD * 4 + RECORD_BYTES);
  d->outgoing_records = outgoing + entries * QUAD * 4;
  for (int i = 0; i < SLOTS_MAX; i++) {
    d->in_vector[i] = (struct iovec){.iov_base = memory + stride * (size_t)i, .iov_len = slot_bytes};
    d->in[i].msg_hdr = (struct msghdr){.msg_name = &d->in_name[i], .msg_iov = &d->in_vector[i], .msg_iovlen = 1, .msg_control = d->with_local ? &d->in_control[i] : NULL};
    d->out[i].msg_hdr = (struct msghdr){.msg_iov = &d->out_vector[i], .msg_iovlen = 1};
    rearm(d, i);
  }
  return new_handle(env, d, free_datagrams);
}

/* datagramTimes(handle, times): from now on the kernel says when each datagram came; `times` has 65 pairs of doubles. */
static napi_value datagram_times(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *times;
  size_t times_size;
  datagrams *d = take_handle(env, info, &args, 2);
  if (d == NULL || !to_bytes(env, args.values[1], &times, &times_size) || times_size < (SLOTS_MAX + 1) * 2 * sizeof(double))
    return from_int(env, -EINVAL);
  int on = 1;
  if (setsockopt(d->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) < 0) return from_int(env, -errno);
  d->times = (double *)times;
  for (int i = 0; i < SLOTS_MAX; i++) {
    d->in[i].msg_hdr.msg_control = &d->in_control[i];
    rearm(d, i);
  }
  return from_int(env, 0);
}

static void store_time(double *pair, const struct timespec *time) {
  pair[0] = (double)time->tv_sec;
  pair[1] = (double)time->tv_nsec;
}

/* When the datagrams of a batch came; one that the kernel has not stamped came now. */
static void times_of(datagrams *d, int count) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  store_time(d->times + SLOTS_MAX * 2, &now);
  for (int slot = 0; slot < count; slot++) {
    struct msghdr *message = &d->in[slot].msg_hdr;
    struct timespec came = now;
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header))
      if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_TIMESTAMPNS) memcpy(&came, CMSG_DATA(header), sizeof came);
    store_time(d->times + slot * 2, &came);
  }
}

/* The address of this machine that slot's datagram came to, in the layout of a record's tail. */
static void local_of(datagrams *d, int slot, uint8_t tail[RECORD_BYTES - RECORD_LOCAL_KIND]) {
  memset(tail, 0, RECORD_BYTES - RECORD_LOCAL_KIND);
  struct msghdr *message = &d->in[slot].msg_hdr;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header != NULL; header = CMSG_NXTHDR(message, header)) {
    uint32_t kind = 0, index = 0;
    if (header->cmsg_level == IPPROTO_IP && header->cmsg_type == IP_PKTINFO) {
      struct in_pktinfo info;
      memcpy(&info, CMSG_DATA(header), sizeof info);
      kind = 4; /* ipi_spec_dst is a unicast address of ours even when the datagram was multicast */
      memcpy(tail + 8, &info.ipi_spec_dst, 4);
    } else if (header->cmsg_level == IPPROTO_IPV6 && header->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;
      memcpy(&info, CMSG_DATA(header), sizeof info);
      if (IN6_IS_ADDR_MULTICAST(&info.ipi6_addr)) continue;
      kind = 6;
      index = IN6_IS_ADDR_LINKLOCAL(&info.ipi6_addr) ? (uint32_t)info.ipi6_ifindex : 0;
      memcpy(tail + 8, &info.ipi6_addr, 16);
    } else {
      continue;
    }
    memcpy(tail, &kind, 4);
    memcpy(tail + 4, &index, 4);
  }
}

static uint32_t hash_bytes(uint32_t hash, const uint8_t *bytes, size_t size) {
  for (; size >= 4; bytes += 4, size -= 4) {
    uint32_t word;
    memcpy(&word, bytes, 4);
    hash = (hash ^ word) * 0x9e3779b1u;
    hash ^= hash >> 15;
  }
  for (; size > 0; bytes++, size--) hash = (hash ^ *bytes) * 0x9e3779b1u;
  return hash ^ (hash >> 13);
}

/* Finds or makes the table entry of a slot's peer; sets *is_new when JavaScript must read it anew. */
static int intern(datagrams *d, int slot, int *is_new) {
  uint8_t tail[RECORD_BYTES - RECORD_LOCAL_KIND];
  const uint8_t *name = (const uint8_t *)&d->in_name[slot];
  uint32_t length = d->in[slot].msg_hdr.msg_namelen;
  if (length > RECORD_NAME_BYTES) length = RECORD_NAME_BYTES;
  uint32_t hash = hash_bytes(0x811c9dc5u, name, length);
  if (d->with_local) {
    local_of(d, slot, tail);
    hash = hash_bytes(hash, tail, 24);
  }
  uint32_t home = hash & (TABLE_ENTRIES - 1) & ~1u;
  for (uint32_t way = 0; way < 2; way++) {
    const uint8_t *record = d->table + (size_t)(home + way) * RECORD_BYTES;
    if (memcmp(record, &length, 4) != 0 || memcmp(record + RECORD_NAME, name, length) != 0) continue;
    if (d->with_local && memcmp(record + RECORD_LOCAL_KIND, tail, 24) != 0) continue;
    return (int)(home + way);
  }
  uint32_t chosen = home + ((hash >> 16) & 1);
  uint8_t *record = d->table + (size_t)chosen * RECORD_BYTES;
  memset(record, 0, RECORD_BYTES);
  memcpy(record, &length, 4);
  memcpy(record + RECORD_NAME, name, length);
  if (d->with_local) memcpy(record + RECORD_LOCAL_KIND, tail, 24);
  memcpy(d->arrivals + (size_t)slot * RECORD_BYTES, record, RECORD_BYTES);
  *is_new = 1;
  return (int)chosen;
}

/*
 * datagramReceive(handle, most, parcel, used): how many arrived (0: none waits), or -errno.
 * Messages are copied one behind the other into `parcel` from `used` on, and each quad's last int is the place
 * of its copy; -1 when it had no room. An empty parcel copies nothing.
 */
static napi_value datagram_receive(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *parcel;
  size_t parcel_size;
  datagrams *d = take_handle(env, info, &args, 4);
  if (d == NULL || !to_bytes(env, args.values[2], &parcel, &parcel_size)) return from_int(env, -EINVAL);
  size_t used = (size_t)to_int(env, args.values[3]);
  int most = to_int(env, args.values[1]);
  for (int i = 0; i < d->used; i++) rearm(d, i);
  int count;
  do count = recvmmsg(d->fd, d->in, (unsigned)(most > SLOTS_MAX ? SLOTS_MAX : most), MSG_DONTWAIT, NULL);
  while (count < 0 && errno == EINTR);
  d->used = count < 0 ? 1 : count; /* a failed call may have touched the first header */
  if (count < 0) return from_int(env, errno == EAGAIN ? 0 : -errno);
  if (d->times != NULL) times_of(d, count);
  for (int i = 0; i < count; i++) {
    int is_new = 0;
    int32_t *quad = d->received + i * QUAD;
    quad[0] = (int32_t)d->in[i].msg_len;
    quad[1] = intern(d, i, &is_new);
    quad[2] = ((d->in[i].msg_hdr.msg_flags & MSG_TRUNC) ? FLAG_TRUNCATED : 0) | (is_new ? FLAG_NEW_ENDPOINT : 0);
    size_t size = d->in[i].msg_len;
    quad[3] = used + size <= parcel_size ? (int32_t)used : -1;
    if (quad[3] < 0) continue;
    memcpy(parcel + used, d->in_vector[i].iov_base, size);
    used += size;
  }
  return from_int(env, count);
}

/* Sets the source address of an outgoing datagram from the tail of a record. */
static void leave_from(struct msghdr *message, pktinfo_control *control, const uint8_t *tail) {
  uint32_t kind, index;
  memcpy(&kind, tail, 4);
  memcpy(&index, tail + 4, 4);
  message->msg_control = NULL;
  message->msg_controllen = 0;
  if (kind == 0) return;
  memset(control, 0, sizeof *control);
  message->msg_control = control;
  if (kind == 4) {
    struct in_pktinfo info = {0};
    memcpy(&info.ipi_spec_dst, tail + 8, 4);
    control->header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IP, .cmsg_type = IP_PKTINFO};
    memcpy(CMSG_DATA(&control->header), &info, sizeof info);
    message->msg_controllen = CMSG_SPACE(sizeof info);
  } else {
    struct in6_pktinfo info = {.ipi6_ifindex = index};
    memcpy(&info.ipi6_addr, tail + 8, 16);
    control->header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof info), .cmsg_level = IPPROTO_IPV6, .cmsg_type = IPV6_PKTINFO};
    memcpy(CMSG_DATA(&control->header), &info, sizeof info);
    message->msg_controllen = CMSG_SPACE(sizeof info);
  }
}

/* Fills header `place` from entry `index` of the outgoing quads: [arena offset, bytes, destination, result]. */
static void address_entry(datagrams *d, int place, int index) {
  const int32_t *quad = d->outgoing + index * QUAD;
  struct msghdr *message = &d->out[place].msg_hdr;
  d->out_vector[place] = (struct iovec){.iov_base = d->arena + quad[0], .iov_len = (size_t)quad[1]};
  message->msg_control = NULL;
  message->msg_controllen = 0;
  if (quad[2] == TO_CONNECTED) {
    message->msg_name = NULL;
    message->msg_namelen = 0;
  } else if (quad[2] == TO_RECORD) {
    uint8_t *record = d->outgoing_records + (size_t)index * RECORD_BYTES;
    uint32_t length;
    memcpy(&length, record, 4);
    message->msg_name = record + RECORD_NAME;
    message->msg_namelen = length > RECORD_NAME_BYTES ? 0 : length;
    if (d->with_local) leave_from(message, &d->out_control[place], record + RECORD_LOCAL_KIND);
  } else {
    message->msg_name = &d->in_name[quad[2]];
    message->msg_namelen = d->in[quad[2]].msg_hdr.msg_namelen;
    if (d->with_local) {
      uint8_t tail[RECORD_BYTES - RECORD_LOCAL_KIND];
      local_of(d, quad[2], tail);
      leave_from(message, &d->out_control[place], tail);
    }
  }
}

/*
 * datagramSend(handle, count): tries every one of the first `count` entries, in order; each entry's result
 * becomes 0 or its errno, and the number of failed entries is returned. sendmmsg stops at the first
 * datagram that fails and only then reports it: we note it and go on behind it.
 */
static napi_value datagram_send(napi_env env, napi_callback_info info) {
  arguments args;
  datagrams *d = take_handle(env, info, &args, 2);
  if (d == NULL) return from_int(env, -EINVAL);
  int count = to_int(env, args.values[1]), failed = 0;
  for (int start = 0; start < count; start += SLOTS_MAX) {
    int batch = count - start < SLOTS_MAX ? count - start : SLOTS_MAX;
    for (int i = 0; i < batch; i++) address_entry(d, i, start + i);
    for (int done = 0; done < batch;) {
      int sent = sendmmsg(d->fd, d->out + done, (unsigned)(batch - done), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      int ok = sent > 0 ? sent : 0;
      for (int i = 0; i < ok; i++) d->outgoing[(start + done + i) * QUAD + 3] = 0;
      done += ok;
      if (ok > 0) continue;
      d->outgoing[(start + done) * QUAD + 3] = sent < 0 ? errno : EAGAIN;
      failed++;
      done++;
    }
  }
  return from_int(env, failed);
}

void export_datagrams(napi_env env, napi_value exports) {
  export_constant(env, exports, "slotPaddingBytes", SLOT_PADDING);
  export_function(env, exports, "datagramOpen", datagram_open);
  export_function(env, exports, "datagramTimes", datagram_times);
  export_function(env, exports, "datagramReceive", datagram_receive);
  export_function(env, exports, "datagramSend", datagram_send);
  export_function(env, exports, "datagramClose", datagram_close);
}
