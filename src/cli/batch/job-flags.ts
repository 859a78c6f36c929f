/** The options of `lanework batch add`: one for each field of a request. */
import type { Command } from 'commander'

import { complainAt, dependencyFrom, requestFrom, type JobRequest } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { collect } from './flags.ts'
import { cpusValue, pairsOf } from './settings.ts'

export interface JobFlags {
  readonly name?: string
  readonly after?: readonly string[]
  readonly group?: string
  readonly delay?: string
  readonly priority?: string
  readonly burst?: string
  readonly key?: string
  readonly deadline?: string
  readonly tickets?: string
  readonly owner?: string
  readonly queue?: string
  readonly cpus?: string
  readonly affinity?: string
  readonly memory?: string
  readonly memoryLimit?: string
  readonly resource?: readonly string[]
  readonly nice?: string
  readonly timeLimit?: string
  readonly grace?: string
  readonly retries?: string
  readonly backoff?: string
  readonly slice: boolean
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly logBytes?: string
  readonly logKeep?: string
}

export function withJobFlags(command: Command): Command {
  return command
    .option('--name <name>', 'by which commands and other jobs know it (default: from the command)')
    .option('--after <job[:fail|:any]>', 'wait for the end of this job; several times', collect)
    .option('--group <name>', 'jobs named together in commands, with slots of their own')
    .option('--delay <duration>', 'do not start before this time is over')
    .option('--priority <n>', 'for policies that go by priority (default: 0)')
    .option('--burst <duration>', 'CPU time that it is expected to take (default: learned)')
    .option('--key <text>', 'jobs of one key are expected to take equally long')
    .option('--deadline <duration>', 'time until when it should be done, for edf')
    .option('--tickets <n>', 'share of the CPU, for lottery, stride and fair-share (default: 1)')
    .option('--owner <name>', 'on whose account it runs, for fair-share')
    .option('--queue <name>', 'its queue, for mlq')
    .option('--cpus <n>', 'CPUs that it takes at once (default: 1)')
    .option('--affinity <list>', 'CPUs where it may run, as 0,1')
    .option('--memory <size>', 'memory that it claims: it waits until so much is free')
    .option('--memory-limit <size>', 'it is killed when its processes hold more')
    .option('--resource <name=n>', 'a named resource that it takes, as gpu=1; several times', collect)
    .option('--nice <n>', 'its nice value, -20 to 19')
    .option('--time-limit <duration>', 'longest time from start to end')
    .option('--grace <duration>', 'time between SIGTERM and SIGKILL (default: 5s)')
    .option('--retries <n>', 'further attempts after a failure (default: 0)')
    .option('--backoff <duration>', 'time before the first retry, doubled with each (default: 1s)')
    .option('--no-slice', 'once started it is never stopped')
    .option('--cwd <dir>', 'its working directory (default: this one)')
    .option('--env <name=value>', 'a variable beside those of here; several times', collect)
    .option('--log-bytes <size>', 'size at which a log is rotated (default: 10MiB)')
    .option('--log-keep <n>', 'older logs that are kept (default: 1)')
}

/** Fields under the names of options, where these differ. */
const optionNames: Readonly<Record<string, string>> = {
  argv: 'COMMAND',
  width: '--cpus',
  resources: '--resource',
  logs: '--log-bytes, --log-keep',
}

/** The request of these options. Throws JOB_INVALID and OPTION_INVALID, naming the option. */
export function requestOf(argv: readonly string[], flags: JobFlags): JobRequest {
  const place = complainAt('lanework batch add')
  return requestFrom(recordOf(argv, flags), (field, rule, got) =>
    place(optionNames[field] ?? `--${kebabCase(field)}`, rule, got),
  )
}

function recordOf(argv: readonly string[], flags: JobFlags): Record<string, unknown> {
  const { after, affinity, resource, env, slice, logBytes, logKeep } = flags
  const plain = [
    'name',
    'group',
    'delay',
    'burst',
    'key',
    'deadline',
    'owner',
    'queue',
    'memory',
    'memoryLimit',
    'timeLimit',
    'grace',
    'backoff',
  ] as const
  const numbers = ['priority', 'tickets', 'nice', 'retries'] as const
  const hasLogs = logBytes !== undefined || logKeep !== undefined
  return {
    argv,
    cwd: flags.cwd,
    ...Object.fromEntries(plain.map((name) => [name, flags[name]])),
    ...Object.fromEntries(numbers.map((name) => [name, numberOf(flags[name])])),
    width: numberOf(flags.cpus),
    ...(after === undefined ? {} : { after: after.map(dependencyOf) }),
    ...(affinity === undefined ? {} : { affinity: [cpusValue(affinity)].flat() }),
    ...(resource === undefined ? {} : { resources: pairsOf('--resource', resource) }),
    ...(slice ? {} : { sliced: false }),
    ...(hasLogs ? { logs: { bytes: logBytes, keep: numberOf(logKeep) } } : {}),
    // The rest is filled in where it is handed in.
    ...(env === undefined ? {} : { env: { ...process.env, ...variablesOf(env) } }),
  }
}

/** As a number where it is one: the check names what is none. */
function numberOf(text: string | undefined): unknown {
  return text !== undefined && /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : text
}

function dependencyOf(text: string): unknown {
  return dependencyFrom(text) ?? text
}

function variablesOf(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const place = text.indexOf('=')
      if (place < 1) throw fail('OPTION_INVALID', { option: '--env', rule: 'NAME=VALUE', got: text })
      return [text.slice(0, place), text.slice(place + 1)]
    }),
  )
}

function kebabCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
