/** What the tests of pools share. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isLaneworkError, type ErrorCode, type LaneworkError } from '#lanework/core/index.js'
import { Pool, type PoolOptions } from '#lanework/process/index.js'
import { folder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

export const kinds = ['inline', 'thread', 'process'] as const
export const childKinds = ['thread', 'process'] as const

let count = 0

/** A folder where tasks leave notes, and a gate that lets those go on that wait. */
export interface Notes {
  readonly path: string
  lines(): string[]
  has(line: string): Promise<void>
  open(): void
}

export function notes(): Notes {
  const path = join(folder, `notes-${++count}`)
  mkdirSync(path)
  const log = join(path, 'log')
  const lines = (): string[] => (existsSync(log) ? readFileSync(log, 'utf8').split('\n').slice(0, -1) : [])
  return {
    path,
    lines,
    has: async (line) => {
      await until(`${line} is noted`, () => lines().some((noted) => noted.startsWith(line)))
    },
    open: () => writeFileSync(join(path, 'open'), ''),
  }
}

/** Runs `use` with a pool that is gone afterwards. */
export async function withPool<Value>(options: PoolOptions, use: (pool: Pool) => Promise<Value>): Promise<Value> {
  const pool = new Pool(options)
  try {
    return await use(pool)
  } finally {
    await pool.terminate()
  }
}

/** The error of a task that must fail with this code. */
export async function failure<Code extends ErrorCode>(
  work: Promise<unknown>,
  code: Code,
): Promise<LaneworkError<Code>> {
  const error = await work.then(
    (value) => assert.fail(`it gave ${String(value)}`),
    (thrown: unknown) => thrown,
  )
  if (isLaneworkError(error, code)) return error
  throw error
}

/** What every metric must add up to. */
export function checkSums(pool: Pool): void {
  const { submitted, fulfilled, rejected, waiting, inFlight } = pool.metrics()
  assert.equal(submitted, fulfilled + rejected + waiting + inFlight)
}
