/*
 * Calls on one descriptor, named as in BSD: socket, bind, listen, connect, options, recvFrom, sendTo,
 * and descriptors passed over a Unix socket. Each returns a value >= 0, or -errno.
 */
#include "lanework.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

static int64_t result_of(int64_t value) { return value < 0 ? -errno : value; }

/* The socket address inside a record given as an argument; NULL when it is no record. */
static uint8_t *to_record(napi_env env, napi_value value) {
  uint8_t *record;
  size_t size;
  return to_bytes(env, value, &record, &size) && size >= RECORD_BYTES ? record : NULL;
}

static socklen_t name_length(const uint8_t *record) {
  uint32_t length;
  memcpy(&length, record, 4);
  return length > RECORD_NAME_BYTES ? 0 : length;
}

/* socket(family 4 | 6 | 1, stream): descriptor */
static napi_value open_socket(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  int family = to_int(env, args.values[0]);
  int domain = family == 4 ? AF_INET : family == 6 ? AF_INET6 : AF_UNIX;
  int type = to_int(env, args.values[1]) ? SOCK_STREAM : SOCK_DGRAM;
  return from_int(env, result_of(socket(domain, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)));
}

/* bind(fd, record) and connect(fd, record) */
static napi_value name_call(napi_env env, napi_callback_info info, int (*call)(int, const struct sockaddr *, socklen_t)) {
  arguments args;
  uint8_t *record;
  if (!take_arguments(env, info, &args, 2) || (record = to_record(env, args.values[1])) == NULL) return from_int(env, -EINVAL);
  return from_int(env, result_of(call(to_int(env, args.values[0]), (struct sockaddr *)(record + RECORD_NAME), name_length(record))));
}

static napi_value bind_socket(napi_env env, napi_callback_info info) { return name_call(env, info, bind); }
static napi_value connect_socket(napi_env env, napi_callback_info info) { return name_call(env, info, connect); }

/* localName(fd, record) and peerName(fd, record) */
static napi_value ask_name(napi_env env, napi_callback_info info, int (*call)(int, struct sockaddr *, socklen_t *)) {
  arguments args;
  uint8_t *record;
  if (!take_arguments(env, info, &args, 2) || (record = to_record(env, args.values[1])) == NULL) return from_int(env, -EINVAL);
  memset(record, 0, RECORD_BYTES);
  socklen_t length = RECORD_NAME_BYTES;
  int status = call(to_int(env, args.values[0]), (struct sockaddr *)(record + RECORD_NAME), &length);
  uint32_t kept = length;
  memcpy(record, &kept, 4);
  return from_int(env, result_of(status));
}

static napi_value local_name(napi_env env, napi_callback_info info) { return ask_name(env, info, getsockname); }
static napi_value peer_name(napi_env env, napi_callback_info info) { return ask_name(env, info, getpeername); }

static napi_value listen_socket(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 2)) return from_int(env, -EINVAL);
  return from_int(env, result_of(listen(to_int(env, args.values[0]), to_int(env, args.values[1]))));
}

/* setOption(fd, level, name, value) and getOption(fd, level, name) of an int */
static napi_value set_option(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 4)) return from_int(env, -EINVAL);
  int value = to_int(env, args.values[3]);
  return from_int(env, result_of(setsockopt(to_int(env, args.values[0]), to_int(env, args.values[1]), to_int(env, args.values[2]), &value, sizeof value)));
}

static napi_value get_option(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 3)) return from_int(env, -EINVAL);
  int value = 0;
  socklen_t size = sizeof value;
  int status = getsockopt(to_int(env, args.values[0]), to_int(env, args.values[1]), to_int(env, args.values[2]), &value, &size);
  return from_int(env, status < 0 ? -errno : value);
}

/* peerCredentials(fd, [pid, uid, gid] Int32Array): who is at the other end of a Unix socket */
static napi_value peer_credentials(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *data;
  size_t data_size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &data, &data_size) || data_size < 12)
    return from_int(env, -EINVAL);
  struct ucred credentials;
  socklen_t size = sizeof credentials;
  if (getsockopt(to_int(env, args.values[0]), SOL_SOCKET, SO_PEERCRED, &credentials, &size) < 0) return from_int(env, -errno);
  int32_t found[] = {(int32_t)credentials.pid, (int32_t)credentials.uid, (int32_t)credentials.gid};
  memcpy(data, found, sizeof found);
  return from_int(env, 0);
}

/* resetOnClose(fd): the next close sends a reset instead of a clean end */
static napi_value reset_on_close(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  return from_int(env, result_of(setsockopt(to_int(env, args.values[0]), SOL_SOCKET, SO_LINGER, &linger, sizeof linger)));
}

/* kernelDrops(fd): datagrams the kernel threw away because the receive queue was full (SO_MEMINFO) */
static napi_value kernel_drops(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  uint32_t memory[SK_MEMINFO_VARS] = {0};
  socklen_t size = sizeof memory;
  int status = getsockopt(to_int(env, args.values[0]), SOL_SOCKET, SO_MEMINFO, memory, &size);
  if (status < 0) return from_int(env, -errno);
  if (size < (SK_MEMINFO_DROPS + 1) * sizeof memory[0]) return from_int(env, -EOPNOTSUPP);
  return from_int(env, memory[SK_MEMINFO_DROPS]);
}

/* joinGroup(fd, record, interfaceIndex, leave) */
static napi_value join_group(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *record;
  if (!take_arguments(env, info, &args, 4) || (record = to_record(env, args.values[1])) == NULL) return from_int(env, -EINVAL);
  int leave = to_int(env, args.values[3]);
  struct group_req request = {.gr_interface = (uint32_t)to_int(env, args.values[2])};
  memcpy(&request.gr_group, record + RECORD_NAME, name_length(record));
  int level = request.gr_group.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  int name = leave ? MCAST_LEAVE_GROUP : MCAST_JOIN_GROUP;
  return from_int(env, result_of(setsockopt(to_int(env, args.values[0]), level, name, &request, sizeof request)));
}

/* multicastInterface(fd, family, interfaceIndex): where multicast leaves from */
static napi_value multicast_interface(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 3)) return from_int(env, -EINVAL);
  int fd = to_int(env, args.values[0]), index = to_int(env, args.values[2]);
  if (to_int(env, args.values[1]) == 6)
    return from_int(env, result_of(setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index, sizeof index)));
  struct ip_mreqn request = {.imr_ifindex = index};
  return from_int(env, result_of(setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof request)));
}

static napi_value interface_index(napi_env env, napi_callback_info info) {
  arguments args;
  char name[IF_NAMESIZE];
  if (!take_arguments(env, info, &args, 1) || napi_get_value_string_utf8(env, args.values[0], name, sizeof name, NULL) != napi_ok)
    return from_int(env, -EINVAL);
  unsigned index = if_nametoindex(name);
  return from_int(env, index == 0 ? -errno : (int64_t)index);
}

/* recvFrom(fd, buffer, flags Int32Array(1), record): bytes; flags[0] = 1 when the rest of the datagram is lost */
static napi_value recv_from(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *bytes, *flags, *record;
  size_t size, flags_size;
  if (!take_arguments(env, info, &args, 4) || !to_bytes(env, args.values[1], &bytes, &size) ||
      !to_bytes(env, args.values[2], &flags, &flags_size) || flags_size < 4 || (record = to_record(env, args.values[3])) == NULL)
    return from_int(env, -EINVAL);
  memset(record, 0, RECORD_BYTES);
  struct iovec vector = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {.msg_name = record + RECORD_NAME, .msg_namelen = RECORD_NAME_BYTES, .msg_iov = &vector, .msg_iovlen = 1};
  ssize_t got = recvmsg(to_int(env, args.values[0]), &message, MSG_DONTWAIT);
  uint32_t length = message.msg_namelen;
  int32_t truncated = (message.msg_flags & MSG_TRUNC) != 0;
  memcpy(record, &length, 4);
  memcpy(flags, &truncated, 4);
  return from_int(env, result_of(got));
}

/* sendTo(fd, buffer, record | undefined): bytes */
static napi_value send_to(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *bytes;
  size_t size;
  if (!take_arguments(env, info, &args, 3) || !to_bytes(env, args.values[1], &bytes, &size)) return from_int(env, -EINVAL);
  uint8_t *record = to_record(env, args.values[2]);
  const struct sockaddr *name = record == NULL ? NULL : (struct sockaddr *)(record + RECORD_NAME);
  socklen_t length = record == NULL ? 0 : name_length(record);
  return from_int(env, result_of(sendto(to_int(env, args.values[0]), bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL, name, length)));
}

/* pair(stream, fds Int32Array(2)): two connected Unix sockets */
static napi_value open_pair(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *fds;
  size_t size;
  if (!take_arguments(env, info, &args, 2) || !to_bytes(env, args.values[1], &fds, &size) || size < 8) return from_int(env, -EINVAL);
  int type = to_int(env, args.values[0]) ? SOCK_STREAM : SOCK_DGRAM;
  return from_int(env, result_of(socketpair(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, (int *)fds)));
}

enum { PASSED_MAX = 64 };

/* sendDescriptors(fd, bytes, fds Int32Array): bytes sent; at least one byte must go with them */
static napi_value send_descriptors(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *bytes, *fds;
  size_t size, fds_size;
  if (!take_arguments(env, info, &args, 3) || !to_bytes(env, args.values[1], &bytes, &size) || size == 0 ||
      !to_bytes(env, args.values[2], &fds, &fds_size) || fds_size > PASSED_MAX * sizeof(int))
    return from_int(env, -EINVAL);
  union { struct cmsghdr header; char space[CMSG_SPACE(PASSED_MAX * sizeof(int))]; } control = {0};
  struct iovec vector = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1};
  if (fds_size > 0) {
    message.msg_control = control.space;
    message.msg_controllen = CMSG_SPACE(fds_size);
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    control.header.cmsg_len = CMSG_LEN(fds_size);
    memcpy(CMSG_DATA(&control.header), fds, fds_size);
  }
  return from_int(env, result_of(sendmsg(to_int(env, args.values[0]), &message, MSG_DONTWAIT | MSG_NOSIGNAL)));
}

/* recvDescriptors(fd, bytes, fds Int32Array): bytes received; fds[0] = how many descriptors, then they follow */
static napi_value recv_descriptors(napi_env env, napi_callback_info info) {
  arguments args;
  uint8_t *bytes, *fds;
  size_t size, fds_size;
  if (!take_arguments(env, info, &args, 3) || !to_bytes(env, args.values[1], &bytes, &size) ||
      !to_bytes(env, args.values[2], &fds, &fds_size) || fds_size < (PASSED_MAX + 1) * sizeof(int))
    return from_int(env, -EINVAL);
  union { struct cmsghdr header; char space[CMSG_SPACE(PASSED_MAX * sizeof(int))]; } control = {0};
  struct iovec vector = {.iov_base = bytes, .iov_len = size};
  struct msghdr message = {.msg_iov = &vector, .msg_iovlen = 1, .msg_control = control.space, .msg_controllen = sizeof control.space};
  ssize_t got = recvmsg(to_int(env, args.values[0]), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  if (got < 0) return from_int(env, -errno);
  int32_t count = 0;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t passed = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    memcpy(fds + sizeof(int) * (size_t)(1 + count), CMSG_DATA(header), passed * sizeof(int));
    count += (int32_t)passed;
  }
  memcpy(fds, &count, sizeof count);
  return from_int(env, got);
}

static napi_value shutdown_write(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, result_of(shutdown(to_int(env, args.values[0]), SHUT_WR)));
}

static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, result_of(close_owned(to_int(env, args.values[0]))));
}

static napi_value duplicate(napi_env env, napi_callback_info info) {
  arguments args;
  if (!take_arguments(env, info, &args, 1)) return from_int(env, -EINVAL);
  return from_int(env, result_of(fcntl(to_int(env, args.values[0]), F_DUPFD_CLOEXEC, 3)));
}

void export_descriptors(napi_env env, napi_value exports) {
  export_function(env, exports, "socket", open_socket);
  export_function(env, exports, "bind", bind_socket);
  export_function(env, exports, "connect", connect_socket);
  export_function(env, exports, "listen", listen_socket);
  export_function(env, exports, "localName", local_name);
  export_function(env, exports, "peerName", peer_name);
  export_function(env, exports, "setOption", set_option);
  export_function(env, exports, "getOption", get_option);
  export_function(env, exports, "peerCredentials", peer_credentials);
  export_function(env, exports, "resetOnClose", reset_on_close);
  export_function(env, exports, "kernelDrops", kernel_drops);
  export_function(env, exports, "joinGroup", join_group);
  export_function(env, exports, "multicastInterface", multicast_interface);
  export_function(env, exports, "interfaceIndex", interface_index);
  export_function(env, exports, "recvFrom", recv_from);
  export_function(env, exports, "sendTo", send_to);
  export_function(env, exports, "pair", open_pair);
  export_function(env, exports, "sendDescriptors", send_descriptors);
  export_function(env, exports, "recvDescriptors", recv_descriptors);
  export_function(env, exports, "shutdownWrite", shutdown_write);
  export_function(env, exports, "close", close_descriptor);
  export_function(env, exports, "duplicate", duplicate);
#define CONSTANT(name) export_constant(env, exports, #name, name)
  CONSTANT(SOL_SOCKET);
  CONSTANT(SO_REUSEADDR);
  CONSTANT(SO_REUSEPORT);
  CONSTANT(SO_RCVBUF);
  CONSTANT(SO_RCVBUFFORCE);
  CONSTANT(SO_SNDBUF);
  CONSTANT(SO_BROADCAST);
  CONSTANT(SO_ERROR);
  CONSTANT(IPPROTO_IP);
  CONSTANT(IP_PKTINFO);
  CONSTANT(IP_MULTICAST_TTL);
  CONSTANT(IP_MULTICAST_LOOP);
  CONSTANT(IPPROTO_IPV6);
  CONSTANT(IPV6_V6ONLY);
  CONSTANT(IPV6_RECVPKTINFO);
  CONSTANT(IPV6_MULTICAST_HOPS);
  CONSTANT(IPV6_MULTICAST_LOOP);
  CONSTANT(IPPROTO_TCP);
  CONSTANT(TCP_NODELAY);
#undef CONSTANT
}
