"""A UDP echo over Python's socketserver.ThreadingUDPServer: one new thread per
datagram, which is what the standard library offers for handlers that block."""

import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        message, socket = self.request
        socket.sendto(message, self.client_address)


class Server(socketserver.ThreadingUDPServer):
    max_packet_size = 65536
    daemon_threads = True


port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
with Server(("127.0.0.1", port), Echo) as server:
    print("listening", server.server_address[1], flush=True)
    server.serve_forever()
