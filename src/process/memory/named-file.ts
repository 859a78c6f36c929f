/**
 * Shared memory by name: a file /dev/shm/lanework-UID-NAME of mode 0600.
 *
 * Each user of it holds a shared lock (flock) on the file, which the kernel takes away with its last descriptor,
 * kill -9 included. So a file that can be locked exclusively has no user, and whoever comes by removes it. A new file
 * is locked and filled under another name and then linked, so that nobody sees it unlocked or half made.
 */
import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  unlinkSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { fail } from '../../core/index.ts'
import { checkCall, type Native } from '../../native/index.ts'
import { needAddon } from './segment.ts'

const folder = '/dev/shm'
const shared = 1
const exclusive = 2
/** Written at a time, as only written pages of the file are sure to exist. */
const zeros = new Uint8Array(65_536)
/** Times that another process may interfere before we give up. */
const attempts = 100

let drafts = 0

/** A new file of zeros, locked; gives its descriptor, which is the addon's to close. */
export function createNamed(name: string, bytes: number): number {
  const native = needAddon('named shared memory')
  const path = pathOf(name)
  sweepNamed()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const descriptor = draft(path, name, bytes)
    if (descriptor !== undefined) return owned(native, descriptor)
  }
  throw fail('SYSTEM_ERROR', { syscall: 'link', errno: 'EAGAIN', address: path })
}

/** The file of that name, locked; as with `createNamed`. */
export function openNamed(name: string): number {
  const native = needAddon('named shared memory')
  const path = pathOf(name)
  sweepNamed()
  for (let attempt = 0; attempt < attempts; attempt++) {
    const descriptor = openOwn(path)
    if (descriptor === undefined) break
    if (native.lockFile(descriptor, shared) >= 0 && isAt(path, descriptor)) return owned(native, descriptor)
    closeSync(descriptor) // somebody is just removing it
  }
  throw fail('MEMORY_NOT_FOUND', { name })
}

/**
 * Another opening of the same file, to map it: a mapping keeps its opening alive, and with it the lock, until the buffer
 * is collected.
 */
export function openAgain(descriptor: number): number {
  const native = needAddon('named shared memory')
  return checkCall(native.memoryOpenAgain(descriptor), 'open', `descriptor ${descriptor}`)
}

/** Node closes at a thread's end what it opened there and did not close itself, so what it opened is not kept. */
function owned(native: Native, descriptor: number): number {
  const own = checkCall(native.claim(native.duplicate(descriptor)), 'dup', `descriptor ${descriptor}`)
  closeSync(descriptor)
  return own
}

/** Removes files of this user that nobody uses. */
export function sweepNamed(): void {
  const native = needAddon('named shared memory')
  for (const file of readdirSync(folder)) {
    if (!file.startsWith(prefix())) continue
    const path = `${folder}/${file}`
    const descriptor = openOwn(path)
    if (descriptor === undefined) continue
    if (native.lockFile(descriptor, exclusive) >= 0 && isAt(path, descriptor)) quietly(() => unlinkSync(path))
    closeSync(descriptor)
  }
}

/** Undefined when a sweep took the draft for a leftover, between its creation and its lock. */
function draft(path: string, name: string, bytes: number): number | undefined {
  const own = `${path}+${process.pid}.${needAddon('named shared memory').threadId()}.${++drafts}`
  const descriptor = openSync(own, 'wx+', 0o600)
  try {
    if (needAddon('named shared memory').lockFile(descriptor, shared) < 0) return giveUp(descriptor)
    fill(descriptor, bytes, path)
    linkSync(own, path)
    return descriptor
  } catch (error) {
    closeSync(descriptor)
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw code === 'EEXIST' ? fail('MEMORY_NAME_IN_USE', { name }, { cause: error }) : error
  } finally {
    quietly(() => unlinkSync(own))
  }
}

function giveUp(descriptor: number): undefined {
  closeSync(descriptor)
}

/** Allocates every page, as touching one that the file system has no room for would kill with SIGBUS. */
function fill(descriptor: number, bytes: number, path: string): void {
  try {
    for (let at = 0; at < bytes;) at += writeSync(descriptor, zeros, 0, Math.min(zeros.length, bytes - at), at)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? 'EIO'
    throw fail('SYSTEM_ERROR', { syscall: 'write', errno, address: path }, { cause: error })
  }
}

/** Never another user's file, nor through a link. */
function openOwn(path: string): number | undefined {
  const descriptor = quietly(() => openSync(path, constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK))
  if (descriptor === undefined) return undefined
  const stats = fstatSync(descriptor)
  if (stats.isFile() && stats.uid === process.getuid?.()) return descriptor
  return giveUp(descriptor)
}

/** Whether a path still means the file that was opened. */
function isAt(path: string, descriptor: number): boolean {
  const now: Stats | undefined = quietly(() => lstatSync(path))
  return now !== undefined && now.ino === fstatSync(descriptor).ino
}

function prefix(): string {
  return `lanework-${process.getuid?.() ?? 0}-`
}

function pathOf(name: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/.test(name)) {
    const rule = '1 to 64 of A-Z a-z 0-9 . _ -, not starting with a dot'
    throw fail('OPTION_INVALID', { option: 'name', rule, got: JSON.stringify(name) })
  }
  return `${folder}/${prefix()}${name}`
}

/** Undefined when it fails: others may remove the same file at the same time. */
function quietly<Value>(action: () => Value): Value | undefined {
  try {
    return action()
  } catch {
    return undefined
  }
}
