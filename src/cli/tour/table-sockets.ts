/** The tour of sockets as data. */
import type { TourRow, TourSection } from './row.ts'

export const socketSections: readonly TourSection[] = [
  {
    id: 'udp',
    part: 'sockets',
    title: 'Datagrams: UDP',
    introduction:
      'UDP carries messages, one datagram each, and promises little: a datagram arrives whole or not at all, perhaps ' +
      'twice, perhaps after a later one. In return there is nothing to set up and nothing to remember. That suits ' +
      'short questions with short answers (names, the time), and sound, pictures and game moves, which are of no ' +
      'use when they come late.',
  },
  {
    id: 'tcp',
    part: 'sockets',
    title: 'Streams: TCP and framing',
    introduction:
      'TCP carries a stream of bytes in each direction, in order, with nothing missing and nothing twice. It does not ' +
      'know where one message ends and the next begins; that is the task of the framing, a rule on which both ends agree.',
  },
  {
    id: 'slow',
    part: 'sockets',
    title: 'When the reader is slow',
    introduction:
      'Between a sender and a reader lie queues, and every queue has an end. What happens there is the ' +
      'largest difference between UDP and TCP.',
  },
  {
    id: 'serving',
    part: 'sockets',
    title: 'Serving connections',
    introduction:
      'A listener is a socket that makes connections. The system finishes the handshake by itself and puts the new ' +
      'connection in the backlog; accept takes it out. How a server divides its attention after that is its own choice.',
  },
  {
    id: 'ends',
    part: 'sockets',
    title: 'How a connection ends',
    introduction:
      'Each direction of a connection is finished on its own, and the peer is told. A connection can also be broken ' +
      'off, and then whatever was on its way is void.',
  },
  {
    id: 'transports',
    part: 'sockets',
    title: 'One handler, every transport',
    introduction: 'A handler that takes a message and returns a reply need not know how either of them travels.',
  },
]

export const socketRows: readonly TourRow[] = [
  {
    section: 'udp',
    name: 'udp-upper',
    title: 'A server and a client over UDP',
    explanation:
      'The server binds a socket to an address, and that is all it needs: no listening, no accepting, no connection. ' +
      'recvFrom gives a message and the address it came from, and sendTo sends the answer there. The client binds ' +
      'nothing; the system gives it a free port with its first datagram, so that the answer finds it. An answer ' +
      'may be lost like any datagram, so a client always waits with a time limit.',
    seed: 'UDP server and client that answers in upper case',
    expected: [
      'server: udp://127.0.0.1:<number>',
      'hello: HELLO from udp://127.0.0.1:<number>',
      'lanework: LANEWORK from udp://127.0.0.1:<number>',
    ],
  },
  {
    section: 'udp',
    name: 'udp-client-first',
    title: 'A UDP client may start before its server',
    explanation:
      'There is no connection to fail, so sending succeeds although nobody is there: success means that the datagram ' +
      'left, not that it arrived. The client notices only that no answer comes, and asks again later. TCP begins with ' +
      'a handshake, so the same client over TCP is refused at once. (A UDP socket that is connected to one peer is told ' +
      'of a closed port too, after its first send.)',
    seed: 'UDP has no link: whichever end starts first, nothing fails',
    expected: [
      'sent without a server: 14 bytes',
      'answer: TIMED_OUT',
      'tcp without a server: CONNECTION_REFUSED',
      'sent with a server: 8 bytes',
      'answer: heard "and now?"',
    ],
  },
  {
    section: 'udp',
    name: 'udp-many-clients',
    title: 'One UDP socket tells its clients apart',
    explanation:
      'The datagrams of all clients arrive at one socket and wait in one queue. Each stands there by itself, ' +
      'with the address of its sender, so the server knows whom to answer, and can keep what it ' +
      'wants to remember in a map by address. An address is no proof of identity: it can be forged.',
    seed: 'one to many: the receive buffer chains datagrams, each with its source in the header',
    expected: [
      'one: you are client 1, this is your message 1',
      'one: you are client 2, this is your message 1',
      'one: you are client 3, this is your message 1',
      'two: you are client 1, this is your message 2',
      'two: you are client 2, this is your message 2',
      'two: you are client 3, this is your message 2',
      'server sockets: 1, clients: 3',
    ],
    picture: {
      file: 'udp-queue.svg',
      alt: 'Three clients send to one UDP socket. In its queue four datagrams stand one behind the other, each with the address of its sender. recvFrom takes the first one whole; one that comes when the queue is full is dropped and counted.',
    },
  },
  {
    section: 'udp',
    name: 'receive-one-byte',
    title: 'recvFrom(1) loses the rest of a datagram',
    explanation:
      'A datagram leaves the queue as a whole, whether the reader has room for it or not. What does not fit is gone, and ' +
      'the next call gets the next datagram; lanework says so with truncated: true. A stream has no such unit: ' +
      'recv(1) takes one byte, and the others stay for the next call.',
    seed: 'recvfrom(1): the buffer must be larger than the message',
    expected: [
      'udp recvFrom(1): h, truncated: true',
      'udp recvFrom(1024): world, truncated: false',
      'tcp recv(1): h',
      'tcp recv(1024): ello',
    ],
  },
  {
    section: 'udp',
    name: 'too-big',
    title: 'A datagram too big to send is an error',
    explanation:
      'Length fields of 16 bits end at 65,535 bytes, and the headers of IPv4 and UDP take 28 of them: 65,507 remain. ' +
      'One more, and sending fails before anything leaves. An Ethernet frame carries 1,500 bytes, so 1,472 fit one; a larger ' +
      'datagram is cut into fragments on such a network, and losing any one of them loses it all. Loopback has ' +
      'larger frames, which is why the large datagram travels in one piece here.',
    seed: 'UDP cannot send much at once; 1472',
    expected: [
      'fits one Ethernet frame: 1472',
      'fits one datagram: 65507',
      '1472: sent 1472, received 1472',
      '65507: sent 65507, received 65507',
      '65508: LaneworkError: A datagram of 65508 bytes cannot be sent; the limit here is 65507 bytes.',
    ],
  },
  {
    section: 'tcp',
    name: 'glued',
    title: 'UDP keeps boundaries, TCP glues',
    explanation:
      'Three writes over UDP are three messages for the reader. Over TCP they are eleven bytes in a row, and one ' +
      'recv takes whatever has arrived by then: all three here, parts of them at other times. That is no fault of TCP, and ' +
      'no option cures it (noDelay changes when bytes leave, not how they are read). A reader that takes one ' +
      'chunk for one message works on a quiet machine, and fails on a busy one.',
    seed: 'glued messages: UDP protects the boundaries of messages, TCP does not',
    expected: ['udp receive 1: hello', 'udp receive 2: world', 'udp receive 3: !', 'tcp receive 1: helloworld!'],
  },
  {
    section: 'tcp',
    name: 'framing-lines',
    title: 'Framing cuts messages out of a stream: lines',
    explanation:
      'Each message ends with a newline, and a decoder collects bytes until it has seen one. How the bytes were cut on their ' +
      'way makes no difference any more: the same messages come out, glued together or byte by byte. A decoder ' +
      'needs a limit, or one peer that never ends its line would fill the memory.',
    seed: 'the cure for glued messages: an agreed end',
    expected: [
      'glued: hello',
      'glued: world',
      'glued: !',
      'byte by byte: hello',
      'byte by byte: world',
      'byte by byte: !',
    ],
    picture: {
      file: 'framing.svg',
      alt: 'The sender writes three lines. In the stream their bytes stand in one row, cut into chunks at arbitrary places. The decoder cuts at each newline and gives back the three messages.',
    },
  },
  {
    section: 'tcp',
    name: 'framing-length',
    title: 'Framing cuts messages out of a stream: length prefix',
    explanation:
      'Each message is preceded by its length, here in two bytes. Any byte may be inside, and a message may be empty, ' +
      'which a stream alone cannot express. The length is a claim of the peer, so it is checked before ' +
      'memory is set aside for it: an announcement over the limit is an error at once.',
    seed: 'the cure for glued messages: an announced length',
    expected: [
      'message: "two\\nlines"',
      'message: ""',
      'message: "end"',
      'LaneworkError: A frame (length-prefix) of at least 65535 bytes exceeds the limit of 1024 bytes.',
    ],
  },
  {
    section: 'tcp',
    name: 'small-writes',
    title: 'Small writes with and without noDelay',
    explanation:
      'Without noDelay TCP (by the algorithm of Nagle) sends one small segment and keeps further small writes until that one is acknowledged: fewer ' +
      'packets, but the peer may acknowledge late (on Linux 40 ms and more), and the rest waits for it. With noDelay every write leaves ' +
      'at once; lanework switches it on, since a server that answers whole messages has nothing to gather. The chunks ' +
      'of the reader show it, mostly ten against two. How many there are is never promised; that all ten bytes come is.',
    seed: 'the block merging algorithm (Nagle), which UDP does not use',
    expected: ['noDelay true: 10 bytes in chunks of <text>', 'noDelay false: 10 bytes in chunks of <text>'],
  },
  {
    section: 'slow',
    name: 'slow-reader',
    title: 'The same slow reader: UDP loses, TCP waits',
    explanation:
      'The queue of a UDP socket is a number of bytes of kernel memory. When it is full, the next datagram is dropped; the ' +
      'sender never hears of it, but the kernel counts, and lanework shows the count (undefined where the native addon is ' +
      'absent, for then nobody can know). TCP keeps every byte in the sender until the peer has acknowledged ' +
      'it, and sends it again if need be. The peer also announces how much room it has left, the window; at zero the sender stops, ' +
      'its own buffer fills, and send waits. So the slowest part sets the pace, and nothing is lost.',
    seed: 'TCP deletes what it sent only after the acknowledgement, UDP at once',
    expected: [
      {
        native: 'udp: sent 1000, received <number>, dropped by the kernel <number>',
        node: 'udp: sent 1000, received <number>, dropped by the kernel undefined',
      },
      {
        native: 'udp: sent = received + dropped: true',
        node: 'udp: sent = received + dropped: unknown',
      },
      'tcp: the sender waits',
      'tcp: sent 32768 KiB, received 32768 KiB',
    ],
    picture: {
      file: 'tcp-window.svg',
      alt: 'The bytes of a stream in four stretches: acknowledged and forgotten; sent but not acknowledged, kept; allowed by the window but not yet sent; and waiting until the window opens. The second to fourth stand in the send buffer. Below, the receive buffer: the free part is the window that the peer announces.',
    },
  },
  {
    section: 'serving',
    name: 'one-request',
    title: 'One request for each connection, then close',
    explanation:
      'The accept loop takes a connection, reads a request, answers, closes, and takes the next. For the client the ' +
      'end of the stream is the end of the answer, so not even framing is needed for it. The request here is short ' +
      'enough to come in one piece, which only framing would guarantee. A handshake for every question is the price.',
    seed: 'TCP server with a link loop',
    expected: ['hello: HELLO, then the end', 'world: WORLD, then the end', 'again: AGAIN, then the end'],
  },
  {
    section: 'serving',
    name: 'one-client',
    title: 'An accept loop and a talk loop: one client at a time',
    explanation:
      'While the talk loop serves one client, nobody calls accept. A second client connects all the same and may even ' +
      'send: the system finishes the handshake, and the connection waits in the backlog. It is answered when ' +
      'the first client has left. When the backlog is full, further clients have to wait for room to connect. (Without the native addon Node ' +
      'accepts at once, and lanework holds the connection back; the clients see no difference.)',
    seed: 'TCP server with a link loop and a communication loop; one client at a time; listen(1)',
    expected: [
      'server: accepted client 1',
      'client 1 hears: FIRST',
      'client 2: connected, and sent its request',
      'client 1 hears: STILL FIRST',
      'server: client 1 left',
      'server: accepted client 2',
      'client 2 hears: SECOND',
      'server: client 2 left',
    ],
    picture: {
      file: 'backlog.svg',
      alt: 'Clients connect to a listener. The system puts their connections into the backlog. The accept loop takes the first one out, and the talk loop serves it until it leaves; the others wait in the backlog, already connected.',
    },
  },
  {
    section: 'serving',
    name: 'many-clients',
    title: 'Many clients at once',
    explanation:
      'serve watches all connections together and calls the handler whenever a message of any of them is whole. ' +
      'A hundred clients are connected at the same time here, and each is answered while the others stay. One thread is enough, since ' +
      'a connection that is silent costs only memory. This is concurrency, not parallelism: messages are handled in turn, so ' +
      'fast that it looks like all at once, and a handler that computes for long holds up the others.',
    seed: 'exercise: a TCP server for several clients at once',
    expected: [
      'connections at once: 100',
      'first answer read: CLIENT 100',
      'last answer read: CLIENT 1',
      'answers: 100',
    ],
  },
  {
    section: 'ends',
    name: 'client-closes',
    title: 'A client that closes: the server reads the end',
    explanation:
      'What was sent before arrives first. Then recv is empty, at once and every time: that is how a stream says "no more". ' +
      'A loop that does not look for it spins for ever. UDP has no end to read: an empty datagram is a message like any other.',
    seed: 'a client that closes: the server keeps receiving nothing',
    expected: ['receive 1: 7 bytes "goodbye"', 'receive 2: 0 bytes ""', 'receive 3: 0 bytes ""'],
  },
  {
    section: 'ends',
    name: 'half-close',
    title: 'Finishing one direction only',
    explanation:
      'end() finishes what we send, and says nothing about what we still want to hear. The server reads until the end, ' +
      'so it knows that the request is whole, and answers in the other direction, which is still open.',
    seed: 'shutdown, which follows from two directions of one connection',
    expected: [
      'server: the request is whole: one two three',
      'client hears: 13 bytes',
      'client then gets: 0 bytes: the end',
    ],
  },
  {
    section: 'ends',
    name: 'client-resets',
    title: 'A client that breaks off: a reset',
    explanation:
      'A reset is no end but a failure: the peer crashed, or closed with data unread, or did not want to wait. Reading throws ' +
      'CONNECTION_RESET, so it cannot be mistaken for a clean end and a message cut short cannot pass for a whole one. ' +
      'The server closes that connection and goes on with the next.',
    seed: 'a client that breaks off: the server gets an error, and must catch it',
    expected: ['client hears: HELLO', 'server: CONNECTION_RESET', 'client hears: HELLO', 'server: a clean end'],
  },
  {
    section: 'transports',
    name: 'every-transport',
    title: 'The same handler over UDP, TCP and a Unix socket',
    explanation:
      'The handler gets a message and returns a reply, whatever the transport. A datagram is a message already; on TCP and ' +
      'Unix sockets the framing of the service makes the messages. Addresses are URLs, and one server may have many.',
    seed: 'the same upper-case service in all its forms',
    expected: ['udp: HELLO OVER UDP', 'tcp: HELLO OVER TCP', 'unix: HELLO OVER UNIX'],
  },
  {
    section: 'transports',
    name: 'unix-datagrams',
    title: 'Datagrams between programs of one machine',
    explanation:
      'A Unix socket has a file name as its address and never leaves the machine. Its datagrams keep their boundaries as those ' +
      'of UDP do, but arrive in order, and a sender waits while the queue of the receiver is full. Node has no such ' +
      'sockets, so this example needs the native addon.',
    seed: 'message-oriented sockets of one machine (AF_UNIX), a supplement',
    expected: [
      'right receives: hello, from left: true',
      'left receives: HELLO',
      'left waits',
      'sent 1000, received 1000',
    ],
    needs: 'unix-datagram',
  },
]
