/** Sockets of lanework/io as arguments of processes and tasks: the receiver gets one over the same descriptor. */
import { AcceptSocket, BoundSocket, ByteStream, UdpSocket, type Address } from '../io/index.ts'
import { registerShareable } from './codec/index.ts'

registerShareable('listener', (address, [descriptor]) => AcceptSocket.attach(address as Address, descriptor as number))
registerShareable('udp-socket', (address, [descriptor]) => UdpSocket.attach(address as Address, descriptor as number))
registerShareable('byte-stream', (shared, [descriptor]) => ByteStream.attach(shared, descriptor as number))
registerShareable('bound-socket', (shared, [descriptor]) => BoundSocket.attach(shared, descriptor as number))
