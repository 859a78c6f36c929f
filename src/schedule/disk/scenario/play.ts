/** Plays what users do with a disk. What the disk refuses is a step like the others. */
import { isLaneworkError } from '../../../core/index.ts'
import { isSame } from '../../document/compare.ts'
import { count, rangesText } from '../../document/words.ts'
import { createDisk } from '../disk.ts'
import type { Disk, DiskRead, DiskUsage } from '../types.ts'
import type { DiskOp, DiskReadOp, DiskReport, DiskScenario, DiskStep } from './types.ts'

interface Outcome {
  readonly result: string
  readonly why: string
  readonly good: boolean
}

/** Plays a scenario. Throws OPTION_INVALID for a disk that cannot be. */
export function playDisk(scenario: DiskScenario): DiskReport {
  const disk = createDisk(scenario.disk)
  const reads: Record<string, unknown>[] = []
  const refused: string[] = []
  const sum = { seeks: 0, blocks: 0, lookups: 0, reads: 0 }

  const steps = scenario.ops.map((op): DiskStep => {
    const outcome = attempt(op)
    return { action: actionOf(op), ...outcome, ledger: disk.ledger() }
  })

  function attempt(op: DiskOp): Outcome {
    try {
      return op.do === 'read' || op.do === 'read-at' ? readStep(op) : change(disk, op)
    } catch (error) {
      if (!isLaneworkError(error)) throw error
      refused.push(error.code)
      return { result: `refused: ${error.code}`, why: refusalOf(error), good: false }
    }
  }

  function readStep(op: DiskReadOp): Outcome {
    const cost = op.do === 'read' ? disk.read(op.file) : disk.readAt(op.file, op.bytes)
    sum.seeks += cost.seeks
    sum.blocks += cost.blocks.length
    sum.lookups += cost.lookups
    sum.reads++
    reads.push({ file: op.file, blocks: cost.blocks.length, seeks: cost.seeks })
    return { result: readText(cost), why: wayText(cost), good: true }
  }

  const usage = disk.usage()
  const results = {
    ledger: disk.ledger().map(({ file, use }) => file ?? (use === 'table' ? '*' : null)),
    files: Object.fromEntries(disk.files().map(({ name, data, index }) => [name, { data, index }])),
    users: Object.fromEntries(disk.users().map(({ owner, blocks }) => [owner, blocks])),
    reads,
    refused,
    moved: disk.events.reduce((moved, { kind, blocks }) => moved + (kind === 'moved' ? blocks : 0), 0),
    free: usage.free,
  }
  const { expected, name, title, text } = scenario
  return {
    scenario: name,
    title,
    text,
    method: disk.method,
    methodTitle: disk.title,
    blocks: disk.blocks,
    blockSize: disk.blockSize,
    steps,
    files: disk.files(),
    users: disk.users(),
    usage,
    reading: sum,
    summary: summaryOf(disk, usage, sum, refused),
    results,
    differs:
      expected === undefined
        ? undefined
        : Object.keys(expected).filter((key) => !isSame(expected[key], (results as Record<string, unknown>)[key])),
  }
}

function change(disk: Disk, op: Exclude<DiskOp, DiskReadOp>): Outcome {
  if (op.do === 'create') disk.create(op.file, op.bytes, op.owner)
  else if (op.do === 'delete') disk.delete(op.file)
  else disk[op.do](op.file, op.bytes)
  const event = disk.events.at(-1)
  const why = event?.why ?? ''
  if (op.do === 'delete') return { result: `${count(event?.blocks ?? 0, 'block')} free`, why, good: true }
  return { result: placeText(disk, op.file), why, good: true }
}

/** `data 3-5, 9; index 2`. */
function placeText(disk: Disk, name: string): string {
  const { data, index } = disk.file(name)
  if (data.length === 0) return 'no block'
  return `data ${rangesText(data)}${index.length === 0 ? '' : `; index ${rangesText(index)}`}`
}

function readText({ blocks, seeks, lookups }: DiskRead): string {
  const table = lookups === 0 ? '' : `, ${count(lookups, 'look-up')}`
  return `${count(blocks.length, 'block')}, ${count(seeks, 'seek')}${table}`
}

function wayText({ blocks, distance }: DiskRead): string {
  return blocks.length === 0 ? 'the file is empty' : `blocks ${rangesText(blocks)}; the head passes ${distance} others`
}

function actionOf(op: DiskOp): string {
  if (op.do === 'create') return `${op.owner} creates ${op.file}, ${count(op.bytes, 'byte')}`
  if (op.do === 'grow') return `${op.file} grows by ${op.bytes}`
  if (op.do === 'truncate') return `${op.file} is cut to ${op.bytes}`
  if (op.do === 'delete') return `${op.file} is deleted`
  return op.do === 'read' ? `read all of ${op.file}` : `read byte ${op.bytes} of ${op.file}`
}

function refusalOf(error: Error & { code: string; detail: unknown }): string {
  if (isLaneworkError(error, 'DISK_FULL')) {
    const { blocks, free, reason } = error.detail
    return `${count(blocks, 'block')} needed, ${free} free; ${reason}`
  }
  if (isLaneworkError(error, 'QUOTA_EXCEEDED')) {
    const { owner, blocks, quota } = error.detail
    return `${owner} would have ${count(blocks, 'block')}, and the quota is ${quota}`
  }
  return error.message
}

function summaryOf(
  disk: Disk,
  usage: DiskUsage,
  sum: { seeks: number; blocks: number; lookups: number; reads: number },
  refused: readonly string[],
): [string, string][] {
  const { data, overhead, free, holes, largestHole, internalBytes, external, scattered, blocks } = usage
  return [
    ['blocks', `${data} data, ${overhead} for the method itself, ${free} free, of ${blocks}`],
    [
      'free',
      `${count(holes, 'stretch', 'es')}, the longest ${largestHole} (${(external * 100).toFixed(1)} % outside of it)`,
    ],
    ['unused in data blocks', `${internalBytes} bytes`],
    ['files in pieces', `${scattered} of ${disk.files().length}`],
    ...(sum.reads === 0
      ? []
      : [
          [
            'reading',
            `${count(sum.blocks, 'block')}, ${count(sum.seeks, 'seek')}, ${count(sum.lookups, 'look-up')}`,
          ] as [string, string],
        ]),
    ...(refused.length === 0 ? [] : [['refused', refused.join(', ')] as [string, string]]),
  ]
}
