/**
 * Marks: each program appends a line to one file right before it runs, and only if that could be written does it run. So what
 * has no mark never ran, whoever was killed at whatever moment.
 *
 *    12.1 4711;      attempt 1 of job 12 ran (or runs) as process 4711
 *    12.2 0;         its second attempt did not: there was no such program
 *    13.1 47         cut off by a full disk: did not run
 */
import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'

import { attemptOf } from './types.ts'

/** From then on old marks are dropped, when a batch begins and no keeper lives. */
const compactBytes = 1_048_576
/** More than can run at a time, so that none is dropped whose end is not known yet. */
const keptMarks = 16_384

export interface Mark {
  readonly job: number
  readonly attempt: number
  /** 0 when it could not run. */
  readonly pid: number
}

/** Oldest first; none when there is no such file. */
export function readMarks(path: string): Mark[] {
  return linesOf(path)
    .map(parseMark)
    .filter((mark) => mark !== undefined)
}

/** Keeps a file of marks from growing for ever. Only while nothing can leave a mark. */
export function compactMarks(path: string): void {
  try {
    if (statSync(path).size < compactBytes) return
    const lines = linesOf(path).filter((line) => parseMark(line) !== undefined)
    writeFileSync(`${path}.new`, `${lines.slice(-keptMarks).join('\n')}\n`, { mode: 0o600 })
    renameSync(`${path}.new`, path)
  } catch {
    // There is none, or no room for another: the next start tries again.
  }
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n')
  } catch {
    return []
  }
}

function parseMark(line: string): Mark | undefined {
  const [, name = '', pid] = /^([\d.]+) (\d+);$/.exec(line) ?? []
  const attempt = attemptOf(name)
  return attempt === undefined ? undefined : { ...attempt, pid: Number(pid) }
}
