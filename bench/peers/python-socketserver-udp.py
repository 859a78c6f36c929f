"""A UDP echo over Python's socketserver.UDPServer: one handler object per
datagram, all in one thread. This is the plain class of the standard library."""

import socketserver
import sys


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        message, socket = self.request
        socket.sendto(message, self.client_address)


class Server(socketserver.UDPServer):
    max_packet_size = 65536


port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
with Server(("127.0.0.1", port), Echo) as server:
    print("listening", server.server_address[1], flush=True)
    server.serve_forever()
