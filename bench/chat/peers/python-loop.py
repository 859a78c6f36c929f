"""A room as a plain recvfrom/sendto loop: members by address and port, and a
send for each. Bytes that are no text are relayed as well as they can be."""

import socket
import sys

port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("127.0.0.1", port))
print("listening", server.getsockname()[1], flush=True)
members = {}
while True:
    message, sender = server.recvfrom(65536)
    members[sender] = True
    text = message.decode("utf-8", "replace")
    line = f"<{sender[0]}:{sender[1]}> {text}".encode()
    for member in members:
        try:
            server.sendto(line, member)
        except OSError:
            pass
