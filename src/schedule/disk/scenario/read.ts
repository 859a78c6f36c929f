/** Reads a disk scenario from the value of a file; docs/memory-and-disk.md shows the shape. */
import type { Field } from '../../document/field.ts'
import { diskMethods, type DiskOptions } from '../disk.ts'
import type { DiskOp, DiskScenario } from './types.ts'

/** Most operations, since the whole disk is kept after each of them; times the blocks they are bounded too. */
const mostOperations = 2_000
const mostEntries = 2_000_000

/** Reads a scenario. Throws SCENARIO_INVALID with file and line. */
export function readDisk(file: Field): DiskScenario {
  file.onlyKeys(knownKeys)
  const text = (key: string): string | undefined => file.at(key).optional((field) => field.text())
  file.at('kind').optional((field) => field.choice(['disk']))
  const disk = readOptions(file)
  const ops = file.at('ops').list(mostOperations)
  if (ops.length * (disk.blocks ?? 64) > mostEntries)
    throw file.at('ops').wrong(`shorter, or the disk smaller: operations x blocks at most ${mostEntries}`)
  const name = text('name') ?? 'disk'
  return {
    name,
    title: text('title') ?? name,
    text: text('text') ?? '',
    disk,
    ops: ops.map(readOp),
    expected: file
      .at('expected')
      .optional((field) => Object.fromEntries(field.entries().map(([key, each]) => [key, each.value]))),
  }
}

const knownKeys = [
  'kind',
  'name',
  'title',
  'text',
  'source',
  'method',
  'blocks',
  'blockSize',
  'quotas',
  'fit',
  'whenBlocked',
  'pointerBytes',
  'direct',
  'levels',
  'ops',
  'expected',
]

function readOptions(file: Field): DiskOptions {
  const integer = (key: string, least: number, most: number): number | undefined =>
    file.at(key).optional((field) => field.integer(least, most))
  const quotas = file
    .at('quotas')
    .optional((field) =>
      Object.fromEntries(field.entries().map(([owner, quota]) => [owner, quota.integer(0, Number.MAX_SAFE_INTEGER)])),
    )
  return {
    method: file.at('method').optional((field) => field.choice(diskMethods)),
    blocks: integer('blocks', 1, 100_000),
    blockSize: integer('blockSize', 1, 2 ** 30),
    quotas,
    fit: file.at('fit').optional((field) => field.choice(['first', 'best', 'worst'])),
    whenBlocked: file.at('whenBlocked').optional((field) => field.choice(['move', 'refuse'])),
    pointerBytes: integer('pointerBytes', 1, 16),
    direct: integer('direct', 0, 1_000_000),
    levels: integer('levels', 0, 3),
  }
}

/** `["create", "notes", "ada", 1000]`, `["grow", "notes", 500]`, `["delete", "notes"]`. */
function readOp(op: Field): DiskOp {
  const what = op.at(0).choice(['create', 'grow', 'truncate', 'delete', 'read', 'read-at'])
  const file = op.at(1).text()
  const bytes = (place: number): number => op.at(place).integer(0, Number.MAX_SAFE_INTEGER)
  if (what === 'create') return { do: what, file, owner: op.at(2).text(), bytes: bytes(3) }
  if (what === 'delete' || what === 'read') return { do: what, file }
  return { do: what, file, bytes: bytes(2) }
}
