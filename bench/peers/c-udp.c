/*
 * The C yardstick for UDP: one thread, one blocking socket, up to 64 datagrams
 * per recvmmsg, all of them sent back with one sendmmsg. It does nothing that a
 * general server would have to do besides, so it is the floor of the cost.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define BATCH 64
#define ROOM_BYTES 65536

static char space[BATCH][ROOM_BYTES];
static struct sockaddr_in senders[BATCH];
static struct iovec parts[BATCH];
static struct mmsghdr batch[BATCH];

static int listenOn(int port) {
  int handle = socket(AF_INET, SOCK_DGRAM, 0);
  /* The default receive buffer holds fewer small datagrams than the load keeps in flight. */
  int bufferBytes = 4 << 20;
  setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t lengthBytes = sizeof address;
  if (handle < 0 || bind(handle, (struct sockaddr *)&address, lengthBytes)) {
    perror("bind");
    exit(1);
  }
  getsockname(handle, (struct sockaddr *)&address, &lengthBytes);
  printf("listening %d\n", ntohs(address.sin_port));
  fflush(stdout);
  return handle;
}

int main(int count, char **words) {
  int handle = listenOn(count > 1 ? atoi(words[1]) : 0);
  for (;;) {
    for (int index = 0; index < BATCH; index++) {
      parts[index] = (struct iovec){space[index], ROOM_BYTES};
      batch[index].msg_hdr = (struct msghdr){.msg_name = &senders[index],
                                             .msg_namelen = sizeof senders[index],
                                             .msg_iov = &parts[index],
                                             .msg_iovlen = 1};
    }
    /* Waits for the first datagram only, then takes whatever else is already there. */
    int received = recvmmsg(handle, batch, BATCH, MSG_WAITFORONE, NULL);
    if (received < 0 && errno != EINTR) {
      perror("recvmmsg");
      return 1;
    }
    for (int index = 0; index < received; index++) parts[index].iov_len = batch[index].msg_len;
    for (int sent = 0; sent < received;) {
      int taken = sendmmsg(handle, batch + sent, (unsigned)(received - sent), 0);
      /* The datagram at the front could not be sent: skip it, as a datagram server would. */
      sent += taken > 0 ? taken : 1;
    }
  }
}
