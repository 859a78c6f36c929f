/** The tour of lanes, as data: one handler on every core, and what is shared between them. */
import type { TourRow, TourSection } from './row.ts'

export const lanesSections: readonly TourSection[] = [
  {
    id: 'lanes',
    part: 'sockets',
    title: 'One handler on every core',
    introduction:
      'A server that does everything in one loop uses one core, and one error ends it. So the work is spread over lanes: ' +
      'threads or processes that run the same handler. A supervisor binds the sockets, starts the lanes, watches and replaces ' +
      'them, and handles no message itself. What must be one (a counter, a clock, a table of rates) is shared.',
  },
]

export const lanesRows: readonly TourRow[] = [
  {
    section: 'lanes',
    name: 'lanes-kinds',
    title: 'In one thread, in threads, in processes',
    explanation:
      'The handler is the same; laneKind says where it runs. Threads and processes load its module by URL. Each lane has a ' +
      'socket of its own for the same address, and the kernel spreads the datagrams: by a hash of the source, or, as ' +
      'here with round-robin, evenly whoever sends.',
    seed: 'one client at a time, then many at once: threads and processes behind one server',
    expected: [
      'inline: HELLO, in this process: true',
      'inline: lanes that answered: 1 of 1',
      'thread: HELLO, in this process: true',
      'thread: lanes that answered: 2 of 2',
      'process: HELLO, in this process: false',
      'process: lanes that answered: 2 of 2',
    ],
    tasks: 'lane-services',
    needs: 'lanes',
  },
  {
    section: 'lanes',
    name: 'lane-dies',
    title: 'A lane is killed, and nobody notices',
    explanation:
      'kill -9 ends a lane between two messages. Its socket belongs to the supervisor and stays open, so a datagram that comes ' +
      'meanwhile waits in it. A lane that stands by with the service loaded takes the seat within milliseconds and answers.',
    seed: 'isolation: what happens to one process does no harm to another',
    expected: [
      'answer: BEFORE',
      'lane 0 ended: crash',
      'answer: MEANWHILE',
      'another process answered: true',
      'restarts: 1',
    ],
    tasks: 'lane-services',
    needs: 'lanes',
  },
  {
    section: 'lanes',
    name: 'lanes-reload',
    title: 'New code without a pause',
    explanation:
      'A reload starts new lanes that load the service anew. Once all are ready they serve the same sockets; the old ones take ' +
      'no more work, finish what they have, open connections included, and end. If the new ones do not get ready, the old ones go on.',
    seed: 'a server that is changed while clients talk to it',
    expected: [
      'generation 2 serves with lanes: 2',
      'the open connection: true',
      'requests without an answer: 0',
      'connections cut off: 0',
    ],
    tasks: 'lane-services',
    needs: 'lanes',
  },
  {
    section: 'lanes',
    name: 'shared-owner',
    title: 'What must be one',
    explanation:
      'Lanes in processes share no memory, so each would count for itself. What a service gives as shared() runs once per server, ' +
      'in a place of its own that is restarted like a lane. Lanes call its functions, and see the snapshots that it publishes.',
    seed: 'memory of parent and child is separate; they speak through messages',
    expected: [
      'one is number 1',
      'two is number 2',
      'three is number 3',
      'four is number 4',
      'in a process of its own: true',
    ],
    tasks: 'lane-services',
    needs: 'lanes',
  },
  {
    section: 'lanes',
    name: 'rate-limit',
    title: 'How often may one speak?',
    explanation:
      'A sliding window looks at the times of the last messages: at most three within any second, wherever that second begins. A ' +
      'place comes back when the oldest message has left the window. limits.messagesPerWindow does this for each source, over all lanes.',
    seed: 'a rate limit by the times of the last messages',
    expected: [
      '0 ms: heard',
      '200 ms: heard',
      '400 ms: heard',
      '600 ms: too many',
      '900 ms: too many',
      '1100 ms: heard',
      '1150 ms: too many',
      '1250 ms: too many',
    ],
  },
]
