/** The tour of clocks, as data: how a time server keeps time. */
import type { TourRow, TourSection } from './row.ts'

export const clockSections: readonly TourSection[] = [
  {
    id: 'clock',
    part: 'sockets',
    title: 'How a time server keeps time',
    introduction:
      'A time server answers from a clock of its own, and corrects that clock from a better one. In between it must guess: a ' +
      'quartz gains or loses a few seconds a day, the network delays each answer by as much as it likes, and some servers are wrong. ' +
      'More of it is in [How a time server keeps time](how-a-time-server-keeps-time.md); `npx lanework ntp HOST` measures your machine.',
  },
]

export const clockRows: readonly TourRow[] = [
  {
    section: 'clock',
    name: 'clock-converges',
    title: 'A clock becomes right, and knows how right',
    explanation:
      'The quartz gains 100 us a second and the wall clock is 0.1 s ahead. The first answer puts that right but for the delay of the ' +
      'network. Each further one tells more of the frequency, and once that is known the clock is right between answers as well, ' +
      'so it asks less and less often. At any moment it says what it may be off by at most.',
    seed: 'the local clock keeps time between synchronisations, and is corrected from a remote source',
    expected: [
      'after 1 s: off by 109 us, claims at most 952 us; the truth lies within: true',
      'after 10 s: off by 83 us, claims at most 293 us; the truth lies within: true',
      'after 60 s: off by 66 us, claims at most 310 us; the truth lies within: true',
      'after 210 s: off by 22 us, claims at most 508 us; the truth lies within: true',
      'after 300 s: off by 24 us, claims at most 885 us; the truth lies within: true',
      'questions in five minutes: 12',
      'the quartz gains 99.9 ppm',
    ],
  },
  {
    section: 'clock',
    name: 'clock-liar',
    title: 'One of four servers lies',
    explanation:
      'Each server says an interval in which the time lies. Where the intervals of a majority overlap is the truth, and a server whose ' +
      'interval misses that place is left out. A lie smaller than the interval cannot be found out; it does no more harm than the ' +
      'network. With two servers of four against two nobody can know, so it takes four to find one liar.',
    seed: 'remote synchronisation: from several servers, some of which may be wrong',
    expected: [
      'a lie of 60 s: falseticker; the clock is off by less than 1 ms: true',
      'a lie of 0.2 s: falseticker; the clock is off by less than 1 ms: true',
      'a lie of 0.001 s: outlier; the clock is off by less than 1 ms: true',
      'two of four lie alike: synchronised: false',
    ],
  },
  {
    section: 'clock',
    name: 'clock-jumps',
    title: 'The wall clock is set, and the machine sleeps',
    explanation:
      'The clock stands on a counter that nobody can set, so a wall clock that jumps does it no harm. Sleep is worse: the counter stands ' +
      'still meanwhile. The time since the start of the machine goes on, and tells; the clock is then not synchronised until the next ' +
      'answers have come, and says so.',
    seed: 'the local clock may be set by somebody at any moment',
    expected: [
      'before the wall clock is set: synchronised, right within 1 ms: true, steps so far: 1',
      'a second after: synchronised, right within 1 ms: true, steps so far: 1',
      'before the machine sleeps: synchronised, right within 1 ms: true, steps so far: 1',
      'a minute after it woke: synchronised, right within 1 ms: true, steps so far: 3',
    ],
  },
  {
    section: 'clock',
    name: 'clock-restart',
    title: 'What a clock has learnt survives power-off',
    explanation:
      'A small battery keeps a hardware clock going while the power is off, badly, but evenly. The drift file holds how far that was off, ' +
      'and the frequency of the quartz. So the next start is nearly right before the first answer, and sure of itself soon after.',
    seed: 'the clock survives restart and power-off: drift file and hardware clock',
    expected: [
      'without the file: before any answer off by 0.46 s',
      '  frequency known to 100 ppm; after 2 s it claims 1.7 ms',
      'with it: before any answer within 10 ms',
      '  frequency known to 0 ppm; after 2 s it claims 0.2 ms',
    ],
  },
  {
    section: 'clock',
    name: 'clock-upstream',
    title: 'A time server that follows another',
    explanation:
      'The stratum counts the servers between a clock and its source. A server that follows one of stratum 4 is of stratum 5, and until ' +
      'it has heard from above it says that it is not synchronised, so nobody follows it. Its time is an hour ahead of the ' +
      "machine's, as the upper server's is: the clock of the machine is not touched.",
    seed: 'a time server corrects its own time from a remote server',
    expected: [
      'upstream: stratum 4, 1.000 h ahead of this machine',
      'follower: stratum 5, 1.000 h ahead of this machine',
    ],
  },
]
