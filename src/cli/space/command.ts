/** `lanework memory` and `lanework disk`, with their options; what they do is loaded when they are called for. */
import type { Command } from 'commander'

import { integerOption } from '../options.ts'
import { run } from '../output.ts'
import type { DiskCommandFlags } from './disk.ts'
import type { MemoryCommandFlags } from './memory.ts'

export function addMemory(program: Command): void {
  program
    .command('memory')
    .summary('memory shared among programs: partitions, fits, buddies, pages, protection, swapping')
    .argument('[name|file]', 'a scenario of the list, or a file in JSON or TOML')
    .option('--fit <list>', 'first, best, worst, next, several of them with commas, or all')
    .option('--queues <kind>', 'of fixed partitions: one, or each')
    .option('--policy <list>', 'of page replacement: fifo, lru, opt, clock, second-chance, lfu, mru, random, or all')
    .option('--frames <n>', 'frames of memory', integerOption(1, 10_000))
    .option('--size <n>', 'size of memory', integerOption(1, 2 ** 40))
    .option('--compaction <when>', 'never, or when-needed')
    .option('--protection <state>', 'on, or off')
    .option('--seed <n>', 'of what is drawn at random', integerOption(0, Number.MAX_SAFE_INTEGER))
    .option('--explain', 'say why, at each step')
    .option('--step', 'one step at a time')
    .option('--width <n>', "columns, instead of the terminal's", integerOption(20, 160))
    .option('--json', 'one JSON value')
    .addHelpText(
      'before',
      'Example:\n  lanework memory\n  lanework memory fits --fit all\n  lanework memory belady --explain\n',
    )
    .action((name: string | undefined, flags: MemoryCommandFlags) =>
      run(flags, async () => {
        const { memoryCommand } = await import('./memory.ts')
        await memoryCommand(name, flags)
      }),
    )
}

export function addDisk(program: Command): void {
  program
    .command('disk')
    .summary('disk space shared among users: contiguous, linked, FAT and indexed files, quotas')
    .argument('[name|file]', 'a scenario of the list, or a file in JSON or TOML')
    .option('--method <list>', 'contiguous, linked, fat, indexed, several of them with commas, or all')
    .option('--blocks <n>', 'blocks of the disk', integerOption(1, 100_000))
    .option('--block-size <n>', 'bytes of a block', integerOption(1, 2 ** 30))
    .option('--fit <fit>', 'of contiguous files: first, best, worst')
    .option('--ledger', 'list every block with its file and owner')
    .option('--explain', 'say why, and draw the disk, at each step')
    .option('--step', 'one step at a time')
    .option('--width <n>', "columns, instead of the terminal's", integerOption(20, 160))
    .option('--json', 'one JSON value')
    .addHelpText(
      'before',
      'Example:\n  lanework disk\n  lanework disk users --ledger\n  lanework disk indexed --method all\n',
    )
    .action((name: string | undefined, flags: DiskCommandFlags) =>
      run(flags, async () => {
        const { diskCommand } = await import('./disk.ts')
        await diskCommand(name, flags)
      }),
    )
}
