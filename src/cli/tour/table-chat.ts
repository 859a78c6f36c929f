/** The tour of chat as data: from ten lines over UDP to one room over four transports. */
import type { TourRow, TourSection } from './row.ts'

export const chatSections: readonly TourSection[] = [
  {
    id: 'chat',
    part: 'sockets',
    title: 'A chat room',
    introduction:
      'Whoever sends is remembered, and what is sent goes to everybody: with UDP that takes ten lines, as a datagram is a message and brings its ' +
      'address along. The rows below show where the ten lines end: members who share a host, bytes that are no text, people who talk too much, and ' +
      'clients who speak something else. The finished service (lanework serve chat) is told in [Chat](chat.md).',
  },
]

export const chatRows: readonly TourRow[] = [
  {
    section: 'chat',
    name: 'chat-ten-lines',
    title: 'A chat room over UDP in ten lines',
    explanation:
      'The server keeps the address of everybody who has sent something, and sends each message to all of them. Nobody connects, and ' +
      'nobody leaves: the book only grows. A client that sends and then receives hears its own words first, as here; what others said waits ' +
      'in the queue of its socket until it reads again.',
    seed: 'a model of a chat room: remember the address of who sends, and send each message to everybody',
    expected: [
      'client1 hears client1: hello',
      'client1 hears client1: again',
      'client2 hears client2: hello',
      'client2 hears client2: again',
      'client1 hears client2: hello',
      'client1 hears client2: again',
    ],
  },
  {
    section: 'chat',
    name: 'chat-address-book',
    title: 'A member is an address and a port',
    explanation:
      'A host has many clients, and each has a port of its own. A book that is kept by the host alone takes the second client for the ' +
      'first: it may speak, and never hears anything. By host and port both are there. (Behind one router even strangers share a host.)',
    seed: 'the book of clients is kept by host, so the second client of a host is never entered',
    expected: [
      'by host: 1 in the book, client 1 hears 1',
      'by host: 1 in the book, client 2 hears 0',
      'by host and port: 2 in the book, client 1 hears 1',
      'by host and port: 2 in the book, client 2 hears 1',
    ],
  },
  {
    section: 'chat',
    name: 'chat-bad-text',
    title: 'Bytes that are no text',
    explanation:
      'A datagram holds bytes, and nothing makes them UTF-8. A strict decoder throws, and a server that does not expect that has lost its loop; a ' +
      'lenient one puts U+FFFD in the place of what it does not know, and the words are gone. So a room hands the bytes on as they are to those who ' +
      'can take them, and shows them escaped to everybody else. Valid text may do harm too, where it is an order to a terminal or the end of ' +
      'a line in another protocol: what controls is taken out.',
    seed: 'a message with a wrong encoding must not end the server',
    expected: [
      'UTF-8: a strict decoder accepts it; decoded and encoded it is the same',
      '  shown as 你好',
      'GBK: a strict decoder throws; decoded and encoded it is another',
      '  shown as \\xc4\\xe3\\xba\\xc3',
      'Latin-1: a strict decoder throws; decoded and encoded it is another',
      '  shown as gr\\xfcezi',
      'cut off: a strict decoder throws; decoded and encoded it is another',
      '  shown as 你\\xe5\\xa5',
      '"hi\\u001b[2J there\\r\\nQUIT" is shown as hi[2J there QUIT',
    ],
  },
  {
    section: 'chat',
    name: 'chat-limit',
    title: 'How often may one speak, by the times of one’s last messages?',
    explanation:
      'The times of one’s last messages are kept, and those older than the window are forgotten. As many as are left were said within the ' +
      'window: if there are too many, the oldest of them tells how long to wait. So there are never more than three within any ten seconds, ' +
      'wherever these begin, and who speaks too fast can be told when to go on. (SlidingWindow of lanework is the same in a ring of fixed size.)',
    seed: 'limit how often one may speak by the recorded times of the last messages',
    expected: [
      'alice at 0 s: said',
      'alice at 4 s: said',
      'alice at 5 s: said',
      'alice at 6 s: too fast, wait 4 s',
      'bob at 6 s: said',
      'alice at 9.999 s: too fast, wait 0.001 s',
      'alice at 10 s: said',
      'alice at 10.5 s: too fast, wait 3.5 s',
    ],
  },
  {
    section: 'chat',
    name: 'chat-relay',
    title: 'The room as a service',
    explanation:
      'The same idea as a service of lanework: members come with open and go with close, over UDP by sessions, which end when a client is ' +
      'silent for long. The same handler serves TCP, line by line, so clients of both are in one room; limits, queues and counters come along.',
    seed: 'several clients handled by one server, which only seems to serve them at the same time',
    expected: ['one hears: hello over udp', 'two hears: hello over tcp', 'one hears: hello over tcp'],
  },
  {
    section: 'chat',
    name: 'chat-transports',
    title: 'One room over UDP, lines, a web page and IRC',
    explanation:
      'The finished service holds one room, and each client hears it in its own protocol: a datagram, a line, JSON in a WebSocket message, a ' +
      'line of IRC. lanework up starts it on loopback: nc 127.0.0.1 9060, nc -u 127.0.0.1 9060, http://127.0.0.1:9080/ and irssi -c 127.0.0.1 -p 9667 ' +
      'are then in the same room.',
    seed: 'a chat room whose members use different clients',
    expected: [
      'udp: <alice> good morning',
      'tcp: <alice> good morning',
      'page: {"event":"said",<text>,"text":"good morning"<text>',
      'irc: :alice!udp@<text> PRIVMSG #tea :good morning',
    ],
  },
]
