/** The tour of time, as data: a server that tells it, what a format means, and zones. */
import type { TourRow, TourSection } from './row.ts'

export const timeSections: readonly TourSection[] = [
  {
    id: 'time',
    part: 'sockets',
    title: 'What time is it?',
    introduction:
      'A time server is the shortest of all useful servers: who asks gets the time. In which form, the client says, with a format ' +
      'as strftime takes it; where on earth, with the name of a time zone.',
  },
]

export const timeRows: readonly TourRow[] = [
  {
    section: 'time',
    name: 'time-server',
    title: 'A time server, and its client',
    explanation:
      'The request is a format, the answer the time in it: what is no directive is copied, and a budget stops greedy widths. The ' +
      'finished service (lanework serve time) adds languages, keeps what it has compiled, and is careful with strangers.',
    seed: 'the time server: the client sends a format, the server answers with the formatted local time',
    expected: [
      '%H:%M -> <number>:<number>',
      '%A, %e %B %Y -> <text>, <text> <number>',
      'it is %j days into the year -> it is <number> days into the year',
      'asked for Tokyo: <text> JST',
    ],
  },
  {
    section: 'time',
    name: 'time-format',
    title: 'What a format means',
    explanation:
      'A % begins a directive; its letter says what is shown. Between them may stand flags (- no filling, _ blanks, 0 zeros, ^ upper ' +
      'case) and a width. Everything else is copied. The week of ISO 8601 belongs to a year of its own: see the last line.',
    seed: 'strftime: %Y %m %d %H %M %S and their kin',
    expected: [
      '%Y-%m-%d %H:%M:%S    2024-12-30 09:05:07',
      '%-d.%-m.%y %_H:%M    30.12.24  9:05',
      '%^a %b|%8A|%-I %p    MON Dec|  Monday|9 AM',
      '%s.%3N|%j|%%         1735549507.042|365|%',
      '%c                   Mon Dec 30 09:05:07 2024',
      '%G-W%V-%u            2025-W01-1',
    ],
  },
  {
    section: 'time',
    name: 'time-zones',
    title: 'The same instant all over the world',
    explanation:
      'An instant is a number; clocks on walls differ. A zone is a table of what the clocks of a place showed, past and planned, with ' +
      'their names: CET in winter, CEST in summer. At the end of summer an hour comes twice, and at its beginning one is left out.',
    seed: 'local time: time zones, daylight saving time, UTC',
    expected: [
      'UTC                 Sun 2024-03-31 00:30 +0000 UTC',
      'America/New_York    Sat 2024-03-30 20:30 -0400 EDT',
      'Europe/Berlin       Sun 2024-03-31 01:30 +0100 CET',
      'Asia/Kathmandu      Sun 2024-03-31 06:15 +0545 +0545',
      'an hour later in Berlin: 03:30 CEST',
    ],
  },
]
