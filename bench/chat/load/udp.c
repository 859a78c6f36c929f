/*
 * Members over UDP: each has an address of its own in 127.0.0.0/8 and shares a socket with others, which is told by each datagram whom it
 * is for. So one call receives for many, and the load is not the limit.
 */
#define _GNU_SOURCE
#include "room.h"
#include "../../load/common.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SOCKETS 16
#define BATCH 64
#define DATAGRAM_BYTES 2048

static int sockets[SOCKETS];
static struct sockaddr_in server;
static char space[BATCH][DATAGRAM_BYTES];
static char control[BATCH][64];
static struct iovec parts[BATCH];
static struct mmsghdr batch[BATCH];

/* 127.1.x.y for the members of a socket. */
static uint32_t addressOf(int member) { return INADDR_LOOPBACK + (1u << 16) + (uint32_t)(member / SOCKETS); }

void openUdp(void) {
  server = loopback(room.port);
  for (int index = 0; index < SOCKETS; index++) {
    int handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (handle < 0) fail("socket");
    int yes = 1, bytes = 32 << 20;
    if (setsockopt(handle, IPPROTO_IP, IP_PKTINFO, &yes, sizeof yes)) fail("IP_PKTINFO");
    if (setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
      setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    struct sockaddr_in any = {.sin_family = AF_INET};
    if (bind(handle, (struct sockaddr *)&any, sizeof any)) fail("bind");
    sockets[index] = handle;
    watch(handle, (uint64_t)index);
  }
  for (int index = 0; index < BATCH; index++) {
    parts[index] = (struct iovec){space[index], DATAGRAM_BYTES};
    batch[index].msg_hdr = (struct msghdr){.msg_iov = &parts[index], .msg_iovlen = 1, .msg_control = control[index]};
  }
}

static int memberOf(struct msghdr *header, int socketIndex) {
  for (struct cmsghdr *each = CMSG_FIRSTHDR(header); each; each = CMSG_NXTHDR(header, each)) {
    if (each->cmsg_level != IPPROTO_IP || each->cmsg_type != IP_PKTINFO) continue;
    struct in_pktinfo info;
    memcpy(&info, CMSG_DATA(each), sizeof info);
    return (int)(ntohl(info.ipi_addr.s_addr) - INADDR_LOOPBACK - (1u << 16)) * SOCKETS + socketIndex;
  }
  return -1;
}

int receiveUdp(int socketIndex) {
  for (int index = 0; index < BATCH; index++) batch[index].msg_hdr.msg_controllen = sizeof control[index];
  int count = recvmmsg(sockets[socketIndex], batch, BATCH, 0, NULL);
  /* An ICMP error of an earlier datagram is no reason to end: what is lost is counted. */
  if (count < 0) return 0;
  uint64_t now = nowNs();
  for (int index = 0; index < count; index++) {
    int member = memberOf(&batch[index].msg_hdr, socketIndex), isIn = isJoined(member), step = 0;
    if (member < 0 || member >= room.members) continue;
    if (isIn) heard(member, space[index], batch[index].msg_len, now);
    else nextStep(NULL, member, space[index], batch[index].msg_len, &step, &isIn);
  }
  return count;
}

void sendUdp(int member, const char *bytes, int count) {
  char own[64] = {0};
  struct iovec part = {(void *)bytes, (size_t)count};
  struct msghdr header = {.msg_name = &server, .msg_namelen = sizeof server, .msg_iov = &part, .msg_iovlen = 1};
  header.msg_control = own;
  header.msg_controllen = CMSG_SPACE(sizeof(struct in_pktinfo));
  struct cmsghdr *first = CMSG_FIRSTHDR(&header);
  first->cmsg_level = IPPROTO_IP;
  first->cmsg_type = IP_PKTINFO;
  first->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
  struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(addressOf(member))};
  memcpy(CMSG_DATA(first), &info, sizeof info);
  sendmsg(sockets[member % SOCKETS], &header, 0);
}
