/** The commands for a running server, with their options; what they do is loaded when they are called for. */
import type { Command } from 'commander'

import { addLimitFlags, limitsOf, type LimitFlags } from '../limit-flags.ts'
import { integerOption } from '../options.ts'
import { run, type OutputOptions } from '../output.ts'

/** Where to look for servers. */
export interface TargetFlags extends OutputOptions {
  readonly state?: string
  readonly control?: string
}

export interface StatusFlags extends TargetFlags {
  readonly metrics?: boolean
}

export interface TopFlags extends TargetFlags {
  readonly once?: boolean
  readonly intervalMs: number
  readonly width?: number
}

export function addOperate(program: Command): void {
  addStatus(program)
  addTop(program)
  addActs(program)
}

function command(program: Command, name: string, summary: string, example: string): Command {
  return program
    .command(name)
    .summary(summary)
    .argument('[server]', 'name of a service, or pid; needed when several run')
    .option('--state <dir>', 'folder that the server was started with')
    .option('--control <path>', 'control socket that the server was started with')
    .addHelpText('before', `Example:\n${example}\n`)
}

function addStatus(program: Command): void {
  const example = '  lanework status\n  lanework status upper --json\n  lanework status --metrics'
  command(program, 'status', 'show what runs: lanes, listeners, drops, latency', example)
    .option('--metrics', "all counters in Prometheus' text format")
    .option('--json', 'one JSON value a program')
    .action((name: string | undefined, flags: StatusFlags) =>
      run(flags, async () => {
        const { statusCommand } = await import('./status.ts')
        await statusCommand(name, flags)
      }),
    )
}

function addTop(program: Command): void {
  command(program, 'top', 'watch a server: rates, lanes, listeners, latency', '  lanework top\n  lanework top upper')
    .option('--interval-ms <n>', 'time between two looks', integerOption(100, 60_000), 1_000)
    .option('--once', 'print one picture and end')
    .option('--width <n>', "columns, instead of the terminal's", integerOption(40, 400))
    .option('--json', 'one JSON value a look')
    .addHelpText('after', '\nKeys: left and right choose the column to sort by, r turns the order, q quits.')
    .action((name: string | undefined, flags: TopFlags) =>
      run(flags, async () => {
        const { topCommand } = await import('./top.ts')
        await topCommand(name, flags)
      }),
    )
}

function addActs(program: Command): void {
  const reload = command(
    program,
    'reload',
    'start new lanes with the code as it is now, then drain the old ones',
    '  lanework reload upper\n  lanework reload upper --connections 500',
  )
  reload.addHelpText(
    'after',
    '\nLimits that are given here replace all that the server was started with; without any these stay.',
  )
  addLimitFlags(reload).action((name: string | undefined, flags: TargetFlags & LimitFlags) =>
    run(flags, async () => {
      const limits = limitsOf(flags)
      const { reloadCommand } = await import('./act.ts')
      await reloadCommand(name, flags, Object.keys(limits).length === 0 ? undefined : limits)
    }),
  )
  const drain = command(program, 'drain', 'finish what is in flight, then end', '  lanework drain upper')
  drain
    .option('--deadline-ms <n>', 'abort what takes longer', integerOption(0, 2 ** 31 - 1))
    .action((name: string | undefined, flags: TargetFlags & { readonly deadlineMs?: number }) =>
      run(flags, async () => {
        const { drainCommand } = await import('./act.ts')
        await drainCommand(name, flags, flags.deadlineMs)
      }),
    )
  const stop = command(program, 'stop', 'end at once: what is in flight is aborted', '  lanework stop upper')
  stop.action((name: string | undefined, flags: TargetFlags) =>
    run(flags, async () => {
      const { stopCommand } = await import('./act.ts')
      await stopCommand(name, flags)
    }),
  )
  const upgrade = command(
    program,
    'upgrade',
    'replace the whole program by a new process of it, which gets its sockets',
    '  lanework upgrade upper',
  )
  upgrade.action((name: string | undefined, flags: TargetFlags) =>
    run(flags, async () => {
      const { upgradeCommand } = await import('./act.ts')
      await upgradeCommand(name, flags)
    }),
  )
  for (const each of [reload, drain, stop, upgrade]) each.option('--json', 'one JSON value')
}
