"""A UDP echo as a plain recvfrom/sendto loop: the least Python can do, and so
the ceiling for any Python server without a native extension."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", port))
print("listening", server.getsockname()[1], flush=True)
while True:
    message, sender = server.recvfrom(65536)
    server.sendto(message, sender)
