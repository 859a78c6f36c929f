/** `lanework batch`: real programs under the policies of the scheduling library; each subcommand is loaded when it is called for. */
import type { Command } from 'commander'

import { integerOption } from '../options.ts'
import { run } from '../output.ts'
import { withBatch, withSelection, withSettings, type BatchFlags, type SelectionFlags } from './flags.ts'
import { withJobFlags } from './job-flags.ts'
import type { AddFlags } from './add.ts'
import type { PolicyFlags } from './act.ts'
import type { StartFlags, StopFlags } from './daemon.ts'
import type { LogsFlags } from './logs.ts'
import type { PsFlags } from './ps.ts'
import type { GanttFlags, PageFlags, ReportFlags } from './record.ts'
import type { RunFlags } from './run.ts'
import type { SwitchFlags } from './switch-cost.ts'
import type { WaitFlags } from './wait.ts'

export function addBatch(program: Command): void {
  const batch = program
    .command('batch')
    .summary('real programs on this machine under any policy: run files of jobs, or a daemon that takes them')
    .addHelpText(
      'before',
      'Example:\n  lanework batch run jobs.toml --policy rr --quantum 50ms\n' +
        '  lanework batch start && lanework batch add --name build -- make -j2\n' +
        '  lanework batch add --after build -- make test\n  lanework batch ps\n',
    )
    .addHelpText(
      'after',
      `\nDurations are written as 250ms, 90s, 1h30m, sizes as 512MiB, 2G. Files and states: docs/batch.md.`,
    )
  addRun(batch)
  addDaemon(batch)
  addAdd(batch)
  addLooks(batch)
  addActs(batch)
  addRecord(batch)
}

function addRun(batch: Command): void {
  const command = batch
    .command('run')
    .summary('run all jobs of a file, and say how each ended')
    .argument('<file>', 'TOML, CSV, JSON, or a shell command a line; - for stdin')
    .addHelpText(
      'before',
      'Example:\n  lanework batch run jobs.toml --policy mlfq\n  lanework batch run jobs.txt --policy fcfs,sjf,rr,mlfq --cpus 1\n' +
        "  printf 'gzip a.log\\ngzip b.log\\n' | lanework batch run -\n",
    )
  withSettings(
    command,
    'scheduling policy, as rr or rr:quantum=50; several: one after the other, compared (default: rr)',
  )
  withBatch(command)
    .option('--svg <file>', 'write who had which CPU as a picture')
    .option('--html <file>', 'write a page with the run inside')
    .option('--trace <file>', "write a trace for Perfetto's or Chrome's viewer")
    .option('--report', 'what the simulator says of the same jobs, beside what was measured')
    .option('--no-view', 'lines instead of the moving picture on a terminal')
    .addHelpText(
      'after',
      '\nWithout --state the run has a folder of its own, which goes with it. Ctrl-C cancels what is left; twice kills it.\n' +
        'Exit codes: 0 all jobs ended with 0, 1 some did not, 2 the file or an option is wrong.',
    )
    .action((file: string, flags: RunFlags) =>
      run(flags, async () => {
        const { runCommand } = await import('./run.ts')
        await runCommand(file, flags)
      }),
    )
}

function addDaemon(batch: Command): void {
  const start = batch
    .command('start')
    .summary('start a batch that takes jobs while it runs')
    .addHelpText('before', 'Example:\n  lanework batch start --policy mlfq --cpus 2 --memory 4GiB --resource gpu=1\n')
    .option('--foreground', 'stay here until Ctrl-C instead of going to the background')
    .addHelpText(
      'after',
      '\nWhat is not given is as the batch of this folder had it last (settings.json there); the defaults are for a new one.',
    )
  withBatch(withSettings(start, 'scheduling policy, as rr or mlfq:quantum=20 (default: rr)')).action(
    (flags: StartFlags) =>
      run(flags, async () => {
        const { startCommand } = await import('./daemon.ts')
        await startCommand(flags)
      }),
  )
  const stop = batch
    .command('stop')
    .summary('end the batch; jobs that run go on, unless they are ended too')
    .addHelpText('before', 'Example:\n  lanework batch stop\n  lanework batch stop --end-jobs\n')
    .option('--end-jobs', 'end all jobs first: SIGTERM, and SIGKILL after their grace')
    .addHelpText(
      'after',
      '\nA batch that is started in the same folder again goes on where this one stopped, with its policy and settings.',
    )
  withBatch(stop).action((flags: StopFlags) =>
    run(flags, async () => {
      const { stopCommand } = await import('./daemon.ts')
      await stopCommand(flags)
    }),
  )
  const status = batch
    .command('status')
    .summary('how the batch stands: policy, CPUs, memory, resources, troubles')
    .addHelpText('before', 'Example:\n  lanework batch status\n')
  withBatch(status).action((flags: BatchFlags) =>
    run(flags, async () => {
      const { statusCommand } = await import('./act.ts')
      await statusCommand(flags)
    }),
  )
}

function addAdd(batch: Command): void {
  const add = batch
    .command('add')
    .summary('hand in a job, and print its number')
    .argument('[command...]', 'the program and its arguments, behind --; no shell reads them')
    .addHelpText(
      'before',
      'Example:\n  lanework batch add --name build --memory 2GiB -- make -j2\n' +
        "  lanework batch add --after build --retries 2 -- sh -c 'make test > report.txt'\n  lanework batch add --file jobs.toml\n",
    )
    .option('--file <file>', 'the jobs of a file, all of them or none; - for stdin')
    .option('--hold', 'hand in paused: it starts after `lanework batch resume`')
  withBatch(withJobFlags(add)).action((command: string[], flags: AddFlags) =>
    run(flags, async () => {
      const { addCommand } = await import('./add.ts')
      await addCommand(command, flags)
    }),
  )
}

function addLooks(batch: Command): void {
  const ps = withSelection(batch.command('ps'))
    .summary('the jobs: states, CPU time, memory, I/O, switches, and why')
    .addHelpText('before', 'Example:\n  lanework batch ps\n  lanework batch ps --all --json\n  lanework batch ps -w\n')
    .option('-w, --watch', 'again and again, until q')
    .addHelpText(
      'after',
      '\nWithout jobs: those that have not ended; with --all those that ended too.\n' +
        'States: waiting (for a time, another job), queued (for memory, resources), ready (for a CPU), running,\n' +
        'blocked (no process of it wants a CPU), paused, or how it ended.',
    )
  ps.action((jobs: string[], flags: PsFlags) =>
    run(flags, async () => {
      const { psCommand } = await import('./ps.ts')
      await psCommand(jobs, flags)
    }),
  )
  const show = batch
    .command('show')
    .summary('everything about a job: what it asked for, used, and waited for')
    .argument('<job...>', 'numbers or names')
    .addHelpText('before', 'Example:\n  lanework batch show build\n')
  withBatch(show).action((jobs: string[], flags: BatchFlags) =>
    run(flags, async () => {
      const { showCommand } = await import('./ps.ts')
      await showCommand(jobs, flags)
    }),
  )
  const logs = batch
    .command('logs')
    .summary('what a job wrote')
    .argument('<job>', 'number or name')
    .addHelpText(
      'before',
      'Example:\n  lanework batch logs build\n  lanework batch logs build -f\n  lanework batch logs 3 --stderr -n 20\n',
    )
    .option('-f, --follow', 'go on until the job has ended')
    .option('-n, --lines <n>', 'only the last lines', integerOption(1, 1_000_000))
    .option('--stdout', 'its output alone')
    .option('--stderr', 'its errors alone, on stdout')
  withBatch(logs).action((job: string, flags: LogsFlags) =>
    run(flags, async () => {
      const { logsCommand } = await import('./logs.ts')
      await logsCommand(job, flags)
    }),
  )
  const wait = withSelection(batch.command('wait'))
    .summary('wait until jobs have ended')
    .addHelpText('before', 'Example:\n  lanework batch wait build test && echo well\n')
    .option('--timeout <duration>', 'give up after this time, with exit code 3')
    .addHelpText(
      'after',
      '\nWithout jobs: all that are known, also those that ended before, until they are forgotten (`forget`).\n' +
        'Exit codes: 0 all ended with 0, 1 some did not, 3 timed out.',
    )
  wait.action((jobs: string[], flags: WaitFlags) =>
    run(flags, async () => {
      const { waitCommand } = await import('./wait.ts')
      await waitCommand(jobs, flags)
    }),
  )
}

const acts = {
  pause: 'stop jobs until they are resumed; those that have not started do not start',
  resume: 'let paused jobs go on',
  cancel: 'end jobs: SIGTERM, and SIGKILL after their grace',
  forget: 'forget jobs that have ended, and their names',
} as const

function addActs(batch: Command): void {
  for (const kind of ['pause', 'resume', 'cancel', 'forget'] as const) {
    const command = withSelection(batch.command(kind)).summary(acts[kind])
    command
      .addHelpText('before', `Example:\n  lanework batch ${kind} build\n  lanework batch ${kind} --group lab\n`)
      .action((jobs: string[], flags: SelectionFlags) =>
        run(flags, async () => {
          const { actCommand } = await import('./act.ts')
          await actCommand({ kind }, jobs, flags)
        }),
      )
  }
  const priority = batch
    .command('priority')
    .summary('give a job another priority')
    .argument('<job>', 'number or name')
    .argument('<priority>', 'a number; behind -- if it is negative')
    .addHelpText('before', 'Example:\n  lanework batch priority build 1\n')
  withBatch(priority).action((job: string, number: string, flags: BatchFlags) =>
    run(flags, async () => {
      const { priorityCommand } = await import('./act.ts')
      await priorityCommand(job, number, flags)
    }),
  )
  const policy = batch
    .command('policy')
    .summary('change the policy while jobs run, or say which one it is')
    .argument('[policy]', 'as sjf or rr:quantum=50')
    .addHelpText('before', 'Example:\n  lanework batch policy mlfq\n  lanework batch policy rr --quantum 20ms\n')
    .option('--quantum <duration>', 'length of a slice, 10ms or more')
  withBatch(policy).action((name: string | undefined, flags: PolicyFlags) =>
    run(flags, async () => {
      const { policyCommand } = await import('./act.ts')
      await policyCommand(name, flags)
    }),
  )
}

function addRecord(batch: Command): void {
  const gantt = batch
    .command('gantt')
    .summary('who had which CPU')
    .addHelpText(
      'before',
      'Example:\n  lanework batch gantt\n  lanework batch gantt --follow\n  lanework batch gantt --svg run.svg\n',
    )
    .option('-f, --follow', 'as it goes on, on a terminal, until q')
    .option('--svg <file>', 'write it as a picture; - for stdout')
    .option('--width <n>', "columns, instead of the terminal's", integerOption(40, 400))
    .option('--ascii', 'draw with ASCII alone')
  withBatch(gantt).action((flags: GanttFlags) =>
    run(flags, async () => {
      const { ganttCommand } = await import('./record.ts')
      await ganttCommand(flags)
    }),
  )
  const report = batch
    .command('report')
    .summary('what the simulator says of the same jobs, beside what was measured')
    .addHelpText(
      'before',
      'Example:\n  lanework batch report\n  lanework batch report --policy sjf,rr:quantum=20 --on 2\n',
    )
    .option('--policy <policy>', 'what it would have been under another policy, or several (default: as it ran)')
    .option('--on <n>', 'on so many CPUs (default: as many as there were)', integerOption(1, 65_536))
    .addHelpText(
      'after',
      '\nReplayed: the same jobs in the simulator, with the CPU time and waits that were measured. Foretold: what history said\n' +
        'before, where all commands had run before. The error is that of the prediction. `switch-cost` makes both better.',
    )
  withBatch(report).action((flags: ReportFlags) =>
    run(flags, async () => {
      const { reportCommand } = await import('./record.ts')
      await reportCommand(flags)
    }),
  )
  const switchCost = batch
    .command('switch-cost')
    .summary('measure what a context switch costs on this machine, for forecasts and reports')
    .addHelpText('before', 'Example:\n  lanework batch switch-cost\n')
    .option('--cpu <n>', 'on this CPU (default: the last one)', integerOption(0, 1_023))
  withBatch(switchCost).action((flags: SwitchFlags) =>
    run(flags, async () => {
      const { switchCostCommand } = await import('./switch-cost.ts')
      await switchCostCommand(flags)
    }),
  )
  const trace = batch
    .command('trace')
    .summary("write a trace for Perfetto's or Chrome's viewer")
    .argument('<file>', 'where; - for stdout')
    .addHelpText('before', 'Example:\n  lanework batch trace run.json\n')
  withBatch(trace).action((file: string, flags: BatchFlags) =>
    run(flags, async () => {
      const { traceCommand } = await import('./record.ts')
      await traceCommand(file, flags)
    }),
  )
  const page = batch
    .command('page')
    .summary('serve a page that shows the batch as it runs')
    .addHelpText('before', 'Example:\n  lanework batch page\n')
    .option('--port <n>', 'port on this machine; 0 for any', integerOption(0, 65_535), 0)
  withBatch(page).action((flags: PageFlags) =>
    run(flags, async () => {
      const { pageCommand } = await import('./record.ts')
      await pageCommand(flags)
    }),
  )
}
