/** Starts a keeper's process: detached into a session of its own, so that nothing which happens to the owner's reaches it. */
import { spawn, type StdioOptions } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { errorFromWire, fail, type WireError } from '../../core/index.ts'
import { closeDescriptor, descriptorPair } from '../../io/index.ts'
import { loadNative } from '../../native/index.ts'
import { privateFolder } from '../control/index.ts'
import { keeperEntry } from '../entries.ts'
import type { KeeperSettings } from './server.ts'

/** It holds little; V8 would otherwise reserve for a server. */
const flags = ['--max-semi-space-size=1', '--max-old-space-size=128', '--v8-pool-size=0', '--no-warnings']
const environmentNames = [
  'PATH',
  'HOME',
  'TMPDIR',
  'LD_LIBRARY_PATH',
  'LD_PRELOAD',
  'ASAN_OPTIONS',
  'UBSAN_OPTIONS',
  'LANEWORK_NO_NATIVE',
]
const parcelDescriptor = 3
/** Where it says that it is ready, or why not. */
const readinessDescriptor = 7

export interface StartedKeeper {
  readonly path: string
  readonly pid: number
  /** Our end of the pair that descriptors travel over; only with the addon. */
  readonly parcels: number | undefined
}

/** The name of a keeper's socket in the folder that it was given. */
export function keeperSocket(folder: string): string {
  return join(folder, 'keeper.sock')
}

export async function startKeeper(folder: string | undefined): Promise<StartedKeeper> {
  const home = folder === undefined ? mkdtempSync(join(tmpdir(), 'lanework-keeper-')) : privateFolder(folder)
  const path = keeperSocket(home)
  const pair = loadNative() === undefined ? undefined : descriptorPair('datagram')
  const log = folder === undefined ? 'ignore' : openSync(join(folder, 'keeper.log'), 'a', 0o600)
  try {
    const settings = { path, folder, parcels: pair === undefined ? undefined : parcelDescriptor }
    const own = pair === undefined ? ([0, 1, 2] as const) : (['ignore', 'ignore', 'ignore'] as const)
    const pid = await spawnKeeper(settings, ['ignore', 'ignore', log, pair?.[1] ?? 'ignore', ...own, 'pipe'])
    if (pair !== undefined) loadNative()?.claim(pair[0])
    return { path, pid, parcels: pair?.[0] }
  } catch (error) {
    if (pair !== undefined) closeDescriptor(pair[0])
    if (folder === undefined) rmSync(home, { recursive: true, force: true })
    throw error
  } finally {
    if (pair !== undefined) closeDescriptor(pair[1])
    if (log !== 'ignore') closeSync(log)
  }
}

async function spawnKeeper(settings: KeeperSettings, stdio: StdioOptions): Promise<number> {
  const script = fileURLToPath(keeperEntry)
  const env = Object.fromEntries(environmentNames.map((name) => [name, process.env[name]]))
  const child = spawn(process.execPath, [...flags, script, JSON.stringify(settings)], {
    detached: true,
    stdio,
    env,
    cwd: '/',
  })
  const failed = new Promise<never>((_, reject) => {
    child.on('error', (cause) => reject(fail('KEEPER_NOT_STARTED', { reason: cause.message }, { cause })))
  })
  const word = await Promise.race([
    wordOf((child.stdio as readonly unknown[])[readinessDescriptor] as Readable),
    failed,
  ])
  child.unref()
  if (word === '') throw fail('KEEPER_NOT_STARTED', { reason: `it ended with ${child.exitCode ?? child.signalCode}` })
  const said = JSON.parse(word) as Partial<WireError>
  if (said.name !== undefined) throw errorFromWire(said as WireError)
  return child.pid as number
}

async function wordOf(stream: Readable): Promise<string> {
  let word = ''
  for await (const chunk of stream) word += String(chunk)
  return word
}
