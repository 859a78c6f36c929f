/** `lanework batch` as a user types it, with a state folder of its own. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { lanework, start, type Finished, type Running } from './command.js'
import { folder } from './folder.js'

const environment = { XDG_STATE_HOME: join(folder, 'state') }

/** Runs it to its end, with or without success. */
export const batch = (words: readonly string[], input = ''): Promise<Finished> =>
  lanework(['batch', ...words], input, environment)

export async function well(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await batch(words)
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`)
  return stdout
}

export async function refused(code: number, message: RegExp, ...words: string[]): Promise<void> {
  const finished = await batch(words)
  assert.equal(finished.code, code, `${words.join(' ')}: ${finished.stderr}`)
  assert.match(finished.stderr, message)
  assert.equal(finished.stdout, '')
}

export function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

/** Starts it, and lets it run. */
export function startBatchCommand(words: readonly string[]): Running {
  return start(['batch', ...words], environment)
}
