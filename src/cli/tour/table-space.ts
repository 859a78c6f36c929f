/** The tour of memory and disk, shared in space, as data. */
import type { TourRow, TourSection } from './row.ts'

export const spaceSections: readonly TourSection[] = [
  {
    id: 'space',
    part: 'scheduling',
    title: 'Sharing space: memory and disk',
    introduction:
      'Programs take turns on a CPU, but memory and disk are divided among them: each has a part of its own at the same time. ' +
      'Somebody has to hand the parts out, write down whose they are, and see to it that nobody uses what belongs to another. ' +
      'More of it is in [Memory and disk](memory-and-disk.md); `npx lanework memory` and `npx lanework disk` play it step by step.',
  },
]

export const spaceRows: readonly TourRow[] = [
  {
    section: 'space',
    name: 'partitions',
    title: 'Memory divided: in advance, to measure, or in pages',
    explanation:
      'Partitions of a fixed size are simple, but what a program does not use of its partition is lost inside of it. Parts cut ' +
      'to measure lose nothing inside; yet when programs end, they leave holes, and E finds enough free memory but no hole ' +
      'that is large enough. Compaction moves programs together, at the price of copying. Pages make the question go away: ' +
      'any free frames will do.',
    seed: 'space reuse: memory is divided into several parts, each part into a program',
    expected: [
      'four fixed partitions: unused inside 20, free 500 in 2 holes',
      '  E has a place, F has a place, G waits',
      'cut to measure: unused inside 0, free 520 in 3 holes',
      '  E waits, F has a place, G has a place',
      'cut, with compaction: unused inside 0, free 520 in 3 holes',
      '  E has a place, F has a place, G has a place',
      'pages of 50: unused inside 20, free 500 in 2 holes',
      '  E has a place, F has a place, G has a place',
    ],
  },
  {
    section: 'space',
    name: 'protection',
    title: 'With protection a fault hurts one program, without it everybody',
    explanation:
      'The processor compares every address with a limit register before it adds the base register. A program that leaves its ' +
      'space is stopped and ended, and all others go on. Without the comparison the same program reads the memory of the ' +
      'system, passwords included, and when it writes there, the system goes down with everything that runs.',
    seed: 'memory must be split between programs by the hardware: security (access to the system memory) and stability (one crash)',
    expected: [
      'base 300, limit 200:',
      '  0: 0 is below the limit 200; 300 + 0 = 300',
      '  199: 199 is below the limit 200; 300 + 199 = 499',
      '  200: 200 is not below the limit 200',
      'protection on:',
      '  chat reads -250: fault',
      '  the system runs: true; alive: game',
      'protection off:',
      '  chat reads -250: read-other',
      '  chat writes -100: crash',
      '  the system runs: false; alive: nobody',
    ],
  },
  {
    section: 'space',
    name: 'fits',
    title: 'Which hole: first, best, worst or next fit',
    explanation:
      'Four holes and three programs. First fit takes the first hole that is large enough, best fit the smallest, worst fit the ' +
      'largest, next fit goes on where it stopped. None of them is always best: here first and worst fit cut up the only hole ' +
      'in which J has room, and in another order of jobs it is best fit that leaves rests too small for anybody.',
    seed: 'allocation of resource requests: which part of memory a program gets',
    expected: [
      'holes: 150 at 100, 300 at 300, 120 at 700, 200 at 900',
      'first fit: H at 100, I at 300, J waits',
      'best fit: H at 700, I at 100, J at 300',
      'worst fit: H at 300, I at 900, J waits',
      'next fit: H at 900, I at 100, J at 300',
    ],
  },
  {
    section: 'space',
    name: 'page-faults',
    title: 'Which page leaves when memory is full',
    explanation:
      'With pages a program need not be in memory as a whole: a page that is missing is fetched when it is used, and another ' +
      'one leaves. OPT knows the future and is the measure of all others; LRU looks at the past; CLOCK is a cheap LRU with one ' +
      'bit a page. With FIFO and CLOCK four frames make more faults here than three: that is the anomaly of Belady.',
    seed: 'blocking: data has to be loaded into memory first',
    expected: [
      'references: 1 2 3 4 1 2 5 1 2 3 4 5',
      'fifo: 3 frames, 9 faults, 3 hits; 1 to 5 frames: 12 12 9 10 5',
      "  Belady's anomaly: 3 frames 9 faults, 4 frames 10",
      'lru: 3 frames, 10 faults, 2 hits; 1 to 5 frames: 12 12 10 8 5',
      'clock: 3 frames, 9 faults, 3 hits; 1 to 5 frames: 12 12 9 10 5',
      "  Belady's anomaly: 3 frames 9 faults, 4 frames 10",
      'opt: 3 frames, 7 faults, 5 hits; 1 to 5 frames: 12 9 7 6 5',
      'pages in use, over 4 references: 1 2 3 4 4 4 4 3 3 4 4 4',
    ],
  },
  {
    section: 'space',
    name: 'disk-blocks',
    title: 'Disk blocks: who has which, and how they are found again',
    explanation:
      'Two users, and a file that grows after another one was put behind it. Contiguous files have to move; linked ones go on ' +
      'anywhere, but their last byte is found only by reading all blocks before it; FAT (T) keeps the links in one table; ' +
      'an index (I) costs a block and finds any other at once. The disk knows the owner of every block, so it can hold users ' +
      'to a quota.',
    seed: 'allocating disk space and documenting who is using which disk block',
    expected: [
      'contiguous: ...ffffffnnnnnnn........',
      '  notes: read in 1 seeks; its last byte in 1 blocks',
      'linked: nnnffffffnnnn...........',
      '  notes: read in 2 seeks; its last byte in 7 blocks',
      'fat: Tnnnffffffnnnn..........',
      '  notes: read in 2 seeks; its last byte in 1 blocks',
      '  bob would use 10 blocks of the disk; the quota is 8.',
      'indexed: nnInffIffffnnnn.........',
      '  notes: read in 2 seeks; its last byte in 2 blocks',
    ],
  },
]
