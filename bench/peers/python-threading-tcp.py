"""A TCP echo over Python's socketserver.ThreadingTCPServer: one thread per
connection for as long as the connection lives."""

import socket
import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while chunk := self.request.recv(65536):
            self.request.sendall(chunk)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    # The default backlog of 5 would make the connecting load wait, not the echo.
    request_queue_size = 4096


port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
with Server(("127.0.0.1", port), Echo) as server:
    print("listening", server.server_address[1], flush=True)
    server.serve_forever()
