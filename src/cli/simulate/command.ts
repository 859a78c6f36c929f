/** `lanework simulate`, with its options. */
import type { Command } from 'commander'

import { run } from '../output.ts'
import { addFlags, type SimulateFlags } from './flags.ts'

export function addSimulate(program: Command): void {
  const command = program
    .command('simulate')
    .summary('how a machine is shared in time: jobs, policies, Gantt charts, eras, laws')
    .argument('[workload]', 'one that `lanework simulate` lists, a file, or - for stdin')
    .addHelpText(
      'before',
      'Example:\n  lanework simulate convoy\n  lanework simulate lab.json --policy rr --quantum 4\n',
    )
  addFlags(command).action((workload: string | undefined, flags: SimulateFlags) =>
    run(flags, async () => {
      // Loaded only when it is called for: the simulator takes other commands 50 ms.
      const { simulateCommand } = await import('./simulate.ts')
      await simulateCommand(workload, flags)
    }),
  )
}
