/** Which servers run: those that answer at the control sockets of a folder. */
import { existsSync, readdirSync, unlinkSync } from 'node:fs'
import { join } from 'node:path'

import { isLaneworkError } from '../../core/index.ts'
import { ControlClient, isProcessAlive } from '../../process/index.ts'
import type { OperatorMethods, PingAnswer } from './types.ts'

/** A server that runs. `answers` is false for one that does not say who it is in time: its loop is busy, or stopped. */
export interface FoundServer {
  readonly path: string
  readonly name: string
  readonly pid: number
  readonly services: readonly string[]
  readonly answers: boolean
  /** It drains, as after an upgrade. */
  readonly ends: boolean
}

const timeoutMs = 2_000
const fileName = /^(.+)-(\d{1,10})\.sock$/
/** Of one folder; beyond it somebody else fills it. */
const filesLimit = 1_024

/** The living servers of a folder, by pid; files that dead ones left are removed. Nothing there is an empty list. */
export async function findServers(folder: string): Promise<FoundServer[]> {
  const found = await Promise.all(filesIn(folder).map((file) => look(join(folder, file), file)))
  return found.filter((each) => each !== undefined).sort((a, b) => a.pid - b.pid)
}

async function look(path: string, file: string): Promise<FoundServer | undefined> {
  const [, name = file, pid = '0'] = fileName.exec(file) ?? []
  try {
    const client = await ControlClient.connect<OperatorMethods>(path, { timeoutMs })
    try {
      const answer: PingAnswer = await client.call('ping', undefined, { timeoutMs })
      return { path, name: answer.name, pid: answer.pid, services: answer.services, answers: true, ends: answer.ends }
    } finally {
      void client.close()
    }
  } catch (error) {
    // One that ended while it was looked at has gone, whatever it did not answer.
    if (isLaneworkError(error, 'CONNECTION_REFUSED') || !existsSync(path)) {
      removeStale(path, Number(pid))
      return undefined
    }
    return { path, name, pid: Number(pid), services: [], answers: false, ends: false }
  }
}

/** Nobody listens, and nobody will: its owner, whose pid is in the name, is gone. One that is just starting lives. */
function removeStale(path: string, pid: number): void {
  if (isProcessAlive(pid)) return
  try {
    unlinkSync(path)
  } catch {
    // Another has cleaned up.
  }
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((file) => fileName.test(file))
      .slice(0, filesLimit)
  } catch {
    return []
  }
}
