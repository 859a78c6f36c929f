/** What workers wrote down: a file each, appended line by line, so that it survives them. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from '../../support/folder.ts'

let ledgers = 0

export interface Ledger {
  path(worker: number): string
  /** `PRODUCER NUMBER` of every item that these workers got. */
  got(workers: readonly number[]): string[]
  /** The same of what this worker was told to be in the queue. */
  put(worker: number): string[]
  /** Each worker got the items of each producer in rising order. */
  checkOrder(workers: readonly number[]): void
}

export function newLedger(): Ledger {
  const name = `queue-ledger-${++ledgers}`
  const path = (worker: number): string => join(folder, `${name}-${worker}`)
  const lines = (worker: number, word: string): string[] => {
    let text = ''
    try {
      text = readFileSync(path(worker), 'utf8')
    } catch {
      // It was killed before its first line.
    }
    return text
      .split('\n')
      .filter((line) => line.startsWith(word))
      .map((line) => line.slice(word.length + 1))
  }
  return {
    path,
    got: (workers) => workers.flatMap((worker) => lines(worker, 'got')),
    put: (worker) => lines(worker, 'put'),
    checkOrder(workers) {
      for (const worker of workers) {
        const last = new Map<string, number>()
        for (const line of lines(worker, 'got')) {
          const [producer = '', number = ''] = line.split(' ')
          assert.ok(Number(number) > (last.get(producer) ?? -1), `${line} came out of order`)
          last.set(producer, Number(number))
        }
      }
    },
  }
}
