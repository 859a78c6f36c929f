/** The tour of NTP servers as data. */
import type { TourRow, TourSection } from './row.ts'

export const ntpSections: readonly TourSection[] = [
  {
    id: 'ntp',
    part: 'sockets',
    title: 'An NTP server',
    introduction:
      'NTP is one datagram there and one back, 48 bytes each. The answer carries when the question came and when the answer left; ' +
      'with the same two moments of the client that is enough to set a clock by. Most of the work is not to be misused: who ' +
      'asks is easily forged, so a server answers questions only, never with more bytes than it got, and not too often.',
  },
]

export const ntpRows: readonly TourRow[] = [
  {
    section: 'ntp',
    name: 'ntp-server',
    title: 'Four moments of two clocks',
    explanation:
      'The client notes when it asks and when the answer comes; the server writes when it got the question and when it answers. ' +
      'The offset is the mean of the differences there and back. If the way back takes as long as the way there, it is exact; in ' +
      'any case it is wrong by no more than half the delay. The origin of the answer is the number that the client sent, bit for ' +
      'bit: who has not seen the question cannot answer it.',
    seed: 'a time server answers requests with its local time',
    expected: [
      'bytes: 48 version: 4 mode: 4 stratum: 10',
      'it is the answer to our question: true',
      'the clocks agree within half the delay, and 2 ms: true',
    ],
  },
  {
    section: 'ntp',
    name: 'ntp-eras',
    title: 'The year 2036',
    explanation:
      'Seconds since 1900 fill 32 bits on 7 February 2036, and start again at zero. A timestamp is then read as the moment nearest to the ' +
      "reader's own clock, which need not be right but within 68 years. Software that takes 1900 for granted will be 136 years off.",
    seed: 'time as a number, and where it ends',
    expected: [
      'the last second:  ffffffff00000000',
      'the first second: 0000000000000000',
      'between them, in nanoseconds: 1000000000n',
      'read in 1905: 1900-01-01T00:00:00.000Z',
      'read in 2026: 2036-02-07T06:28:16.000Z',
      'read in 2100: 2036-02-07T06:28:16.000Z',
    ],
  },
  {
    section: 'ntp',
    name: 'ntp-drops',
    title: 'What must not be answered',
    explanation:
      'A query of mode 6, the query of mode 7 that made an attack of 400 Gb/s possible, an answer as if it were a question, and one ' +
      'that is a byte short: each gets silence, and is counted by its reason. Two servers that answered answers would talk for ever.',
    seed: 'bad requests to a time server',
    expected: ['one answer, of bytes: 48', 'answers: 1', 'droppedShort: 1', 'droppedControl: 2', 'droppedAnswer: 1'],
  },
]
