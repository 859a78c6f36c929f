/** Scenarios of addresses: registers, protection, segments and page tables. */
import type { Access } from '../translation.ts'
import type { ProtectionOp, ProtectionScenario, TranslationScenario } from './types.ts'

/** `load A 200`, `A write -50`. */
const intrusion: readonly ProtectionOp[] = [
  { do: 'load', job: 'editor', size: 200 },
  { do: 'load', job: 'game', size: 300 },
  { do: 'load', job: 'mail', size: 150 },
  { do: 'write', job: 'editor', address: 40 },
  { do: 'read', job: 'game', address: 299 },
  { do: 'read', job: 'game', address: -500 },
  { do: 'write', job: 'mail', address: -10 },
  { do: 'read', job: 'game', address: 10 },
  { do: 'write', job: 'editor', address: -100 },
  { do: 'read', job: 'mail', address: 0 },
]

const protectionText =
  'Three jobs, and the system at the low end of memory. The game reads far below its own space, mail writes just below ' +
  'its own, and the editor writes 100 below its own, where the system is. '

const protection: ProtectionScenario = {
  kind: 'protection',
  name: 'protection',
  title: 'protection on: a fault hurts only the job that made it',
  text:
    protectionText +
    'Each address is compared with a limit register first, so whoever leaves its space is ended, and all others go on.',
  protection: true,
  size: 1_000,
  systemSize: 300,
  ops: intrusion,
}

const reads = (...addresses: number[]): { address: number; access: Access }[] =>
  addresses.map((address) => ({ address, access: 'read' }))

export const addressScenarios: readonly (TranslationScenario | ProtectionScenario)[] = [
  {
    kind: 'translation',
    name: 'base-limit',
    title: 'base and limit: two registers make an address space',
    text:
      'A program believes that its memory begins at 0. The hardware adds the base register to each address, after it has ' +
      'compared it with the limit register. So the program can lie anywhere, and reach nothing else.',
    method: { by: 'base-limit', registers: { base: 13_884, limit: 290 } },
    addresses: reads(0, 29, 96, 261, 289, 290, 782, -1),
  },
  protection,
  {
    ...protection,
    name: 'protection-off',
    title: 'protection off: one job can take everything down',
    text:
      protectionText +
      'Nothing is checked: the game reads the memory of the system and could find passwords there, mail spoils the game, ' +
      'which goes wrong later without a fault of its own, and in the end the system crashes with everything that runs.',
    protection: false,
  },
  {
    kind: 'translation',
    name: 'segments',
    title: 'segments: code, heap and stack, each with its place and its rights',
    text:
      'A program is divided into parts that lie apart in memory. The two upper bits of an address number the segment. Code ' +
      'may be read and run but not written, the stack grows downwards from the end of its part of the address space. Each ' +
      'segment goes into the largest hole.',
    method: {
      by: 'placed-segments',
      areas: [300, 400, 324],
      addressSpace: 1_024,
      requests: [
        { name: 'code', size: 200, access: 'rx' },
        { name: 'heap', size: 150, access: 'rw' },
        { name: 'stack', size: 100, access: 'rw', grows: 'down' },
      ],
    },
    addresses: [
      { address: 0, access: 'execute' },
      { address: 100, access: 'write' },
      { address: 199, access: 'read' },
      { address: 200, access: 'read' },
      { address: 300, access: 'write' },
      { address: 300, access: 'execute' },
      { address: 767, access: 'write' },
      { address: 668, access: 'write' },
      { address: 667, access: 'write' },
      { address: 800, access: 'read' },
    ],
  },
  {
    kind: 'translation',
    name: 'page-table',
    title: 'a page table: each page in a frame of its own, or nowhere',
    text:
      'Addresses are divided into pages of 1,024. The table says in which frame a page lies, and what may be done with it. ' +
      'A page without a frame is a page fault: the system fetches it from the disk and the program tries again. All pages ' +
      'behind the table are outside.',
    method: {
      by: 'pages',
      table: {
        pageSize: 1_024,
        pages: [{ frame: 7, access: 'rx' }, { frame: 3, access: 'rw' }, undefined, { frame: 12, access: 'rw' }],
      },
    },
    addresses: [
      { address: 0, access: 'execute' },
      { address: 1_023, access: 'read' },
      { address: 1_023, access: 'write' },
      { address: 1_024, access: 'write' },
      { address: 2_500, access: 'read' },
      { address: 3_100, access: 'write' },
      { address: 4_096, access: 'read' },
    ],
  },
]
