/** What tests of batches have in common: a folder, programs with a ledger, and who is left of them. */
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { readEntry } from '#lanework/process/index.js'
import { folder } from './folder.ts'
import { isRunning, stateOf } from './processes.ts'

/** A new folder for a batch, mode 0700, with a short path: sockets go there. */
export function batchFolder(): string {
  return mkdtempSync(join(folder, 'b'))
}

/** A process of a batch, found by its environment. */
export interface Member {
  readonly pid: number
  readonly job: string
  readonly state: string
}

/** All processes that a batch of this folder has started and that live, zombies left out. */
export function membersOf(batch: string): Member[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const environment = textOf(`/proc/${name}/environ`).split('\0')
      const state = stateOf(Number(name))
      if (!environment.includes(`LANEWORK_BATCH_FOLDER=${batch}`) || state === undefined || 'ZX'.includes(state))
        return []
      const job = environment.find((each) => each.startsWith('LANEWORK_BATCH_JOB='))?.split('=')[1] ?? '?'
      return [{ pid: Number(name), job, state }]
    })
}

/**
 * Keepers and executives of this folder that live, by their command lines. A program that one of them has forked and that has not come to
 * its own command line yet is none of them.
 */
export function serversOf(batch: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map(Number)
    .filter((pid) => {
      const command = commandOf(pid)
      const isServer = command.includes('/bootstrap/') && command.includes(batch)
      return isServer && isRunning(pid) && command !== commandOf(readEntry(pid)?.parentPid ?? 0)
    })
}

const commandOf = (pid: number): string => textOf(`/proc/${pid}/cmdline`)

/** A job that appends a line to the ledger when it begins and when it ends, each with one write and the time. */
export function ledgerJob(ledger: string, work: string, exitCode = 0): readonly string[] {
  const write = (word: string): string => `printf '%s %s %s\\n' ${word} "$LANEWORK_BATCH_JOB" "$EPOCHREALTIME" >> "$0"`
  return ['bash', '-c', `${write('begin')}; ${work}; ${write('end')}; exit ${exitCode}`, ledger]
}

export interface LedgerLine {
  readonly word: string
  readonly job: number
  readonly attempt: number
  /** Milliseconds since 1970. */
  readonly at: number
}

export function readLedger(ledger: string): LedgerLine[] {
  return textOf(ledger)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [word = '', name = '', time = ''] = line.split(' ')
      const [job = '', attempt = ''] = name.split('.')
      return { word, job: Number(job), attempt: Number(attempt), at: Number(time.replace(',', '.')) * 1_000 }
    })
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
