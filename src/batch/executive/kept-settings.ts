/**
 * What a batch was started with, kept in its folder as `settings.json`: the next one there goes on with it. Written beside itself
 * and renamed, so that a crash leaves the old one or the new one. The policy is not in there, but in the journal, as it changes.
 */
import { randomUUID } from 'node:crypto'
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { fail } from '../../core/index.ts'
import { usableCpus } from '../request/usable-cpus.ts'
import type { BatchSettings } from '../types.ts'
import { settle } from './settings.ts'

type KeptSettings = Omit<BatchSettings, 'policy'>

const fileName = 'settings.json'

/** These settings, and where nothing is given what was kept, which stays kept. Throws JOURNAL_NOT_WRITTEN. */
export function withKept(
  folder: string,
  given: BatchSettings,
): { readonly settings: BatchSettings; readonly trouble: string | undefined } {
  const path = join(folder, fileName)
  const { kept, text, trouble } = readKept(path)
  const { policy, ...others } = given
  const settings: KeptSettings = { ...kept, ...definedOf(others) }
  const fresh = JSON.stringify(settings)
  if (fresh !== text && (fresh !== '{}' || text !== undefined)) write(path, fresh)
  return { settings: { ...usable(settings), policy }, trouble }
}

function readKept(path: string): { kept: KeptSettings; text: string | undefined; trouble: string | undefined } {
  let text: string | undefined
  try {
    text = readFileSync(path, 'utf8').trim()
    const kept = JSON.parse(text) as KeptSettings
    settle(usable(kept))
    return { kept, text, trouble: undefined }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { kept: {}, text: undefined, trouble: undefined }
    return { kept: {}, text, trouble: `what is kept in ${path} is left out: ${(error as Error).message}` }
  }
}

/** Without CPUs that are gone; all that there are if none of them is left. */
function usable({ cpus, ...others }: KeptSettings): KeptSettings {
  if (!Array.isArray(cpus)) return { ...others, ...definedOf({ cpus }) }
  const here = new Set(usableCpus())
  const left = (cpus as readonly number[]).filter((cpu) => here.has(cpu))
  return left.length === 0 ? others : { ...others, cpus: left }
}

function definedOf(settings: KeptSettings): KeptSettings {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

function write(path: string, text: string): void {
  const fresh = `${path}.${randomUUID()}`
  try {
    writeFileSync(fresh, `${text}\n`, { mode: 0o600, flag: 'wx', flush: true })
    renameSync(fresh, path)
  } catch (cause) {
    rmSync(fresh, { force: true })
    const { code, message } = cause as NodeJS.ErrnoException
    throw fail('JOURNAL_NOT_WRITTEN', { path, reason: code ?? message }, { cause })
  }
}
