/*
 * UDP echo load: --port P --sockets 8 --in-flight 256 --size 32 --seconds S
 * keeps a fixed number of messages in flight; with --rate N it sends N messages
 * a second on a schedule instead. Prints one JSON line with the counts.
 */
#define _GNU_SOURCE
#include "udp.h"
#include <stdlib.h>
#include <sys/socket.h>

int openConnectedSocket(int port) {
  int handle = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (handle < 0) fail("socket");
  /* Replies must never be dropped here: a loss in the table is then the server's own. */
  int bufferBytes = 4 << 20;
  if (setsockopt(handle, SOL_SOCKET, SO_RCVBUFFORCE, &bufferBytes, sizeof bufferBytes)) {
    setsockopt(handle, SOL_SOCKET, SO_RCVBUF, &bufferBytes, sizeof bufferBytes);
  }
  struct sockaddr_in address = loopback(port);
  if (connect(handle, (struct sockaddr *)&address, sizeof address)) fail("connect");
  return handle;
}

int main(int count, char **words) {
  Options options = readOptions(count, words);
  Result *result = calloc(1, sizeof *result);
  if (!result) fail("calloc");
  if (options.ratePerSecond > 0) runOpenLoop(&options, result);
  else runClosedLoop(&options, result);
  printResult(result);
  return 0;
}
