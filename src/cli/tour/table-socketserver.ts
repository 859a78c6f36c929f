/** The tour of servers as classes, as data. */
import type { TourRow, TourSection } from './row.ts'

export const socketserverSections: readonly TourSection[] = [
  {
    id: 'socketserver',
    part: 'sockets',
    title: 'Servers as classes',
    introduction:
      "The module socketserver of Python's library shows what all servers have in common: a loop takes requests, looks " +
      'whether they are welcome, and makes a handler object for each. What differs is the kind of socket, and where the ' +
      'handlers run: one after the other in the server itself, in threads, or in processes. lanework/socketserver has the ' +
      'same classes and hooks.',
  },
]

const names = (['', 'Threading', 'Forking'] as const).flatMap((model) =>
  ['TCP', 'UDP', 'UnixStream', 'UnixDatagram'].map((kind) => `${model}${kind}Server`),
)

export const socketserverRows: readonly TourRow[] = [
  {
    section: 'socketserver',
    name: 'socketserver-lines',
    title: 'A connection as two files',
    explanation:
      'TCPServer serves one connection after the other. For each it makes an object of the handler class and calls setup, ' +
      'handle and finish. A StreamRequestHandler has made two files of the connection by then: rfile gives lines, however ' +
      'the bytes were cut on their way, and wfile takes the answers. A client that says nothing for timeoutMs is given up.',
    seed: 'a stream request handler that reads and writes lines',
    expected: ['server: Ada sent 2 lines', 'Ada 1: HELLO', 'Ada 2: HOW ARE YOU'],
  },
  {
    section: 'socketserver',
    name: 'socketserver-threads',
    title: 'A thread for each connection',
    explanation:
      'ThreadingTCPServer hands each connection to a thread and takes the next one at once. A client that ends cleanly ends ' +
      'its handler; one that breaks off makes the next read fail, which handleError is told. Either way shutdownRequest comes ' +
      'last, and the others notice nothing. Python starts a thread for each connection. Here a few threads serve many ' +
      'connections each, since a handler that waits leaves its thread to the others.',
    seed: 'ThreadingTCPServer that answers in upper case, with clients that leave and that reset',
    expected: [
      'client hears: CLIENT THAT WILL CLOSE',
      'server: one request is over',
      'the other hears: STILL HERE',
      'client hears: CLIENT THAT WILL RESET',
      'server: a request failed: CONNECTION_RESET',
      'server: one request is over',
      'the other hears: STILL HERE',
      'server: one request is over',
    ],
    tasks: 'requests',
    needs: 'connections-handed-over',
  },
  {
    section: 'socketserver',
    name: 'socketserver-datagrams',
    title: 'Datagrams in threads',
    explanation:
      'A datagram is a whole request, so there is nothing to keep open. The handler gets it together with the socket ' +
      'of the server, and answers to clientAddress. All threads send through the same socket; the server alone receives.',
    seed: 'ThreadingUDPServer that answers in upper case',
    expected: ['answers: ONE TWO THREE', 'no more threads than lanes: true'],
    tasks: 'requests',
    needs: 'connections-handed-over',
  },
  {
    section: 'socketserver',
    name: 'socketserver-processes',
    title: 'Handlers in processes',
    explanation:
      'ForkingTCPServer hands the connection itself to another process (its descriptor travels over a Unix socket), which may ' +
      "crash without harm to the server. Python forks a process for each request, with a copy of the server's memory. Here the " +
      'processes stay for the next requests, and share no memory; with isolate each request gets a fresh process, which ends ' +
      'with it.',
    seed: 'ForkingTCPServer: each request in a process',
    expected: [
      'isolate false: in other processes: true',
      'isolate false: three requests, three processes: false',
      'isolate true: in other processes: true',
      'isolate true: three requests, three processes: true',
    ],
    tasks: 'requests',
    needs: 'connections-handed-over',
  },
  {
    section: 'socketserver',
    name: 'socketserver-twelve',
    title: 'One handler, twelve servers',
    explanation:
      'Four kinds of sockets (TCP, UDP, and the streams and datagrams of Unix sockets) and three places for handlers make twelve ' +
      'servers. The handler is the same everywhere; it only has to look whether its request is a connection or a datagram.',
    seed: 'the same handler under all twelve server classes',
    expected: names.map((name) => `hello, ${name}`.toUpperCase()),
    tasks: 'requests',
    needs: 'connections-handed-over',
  },
]
