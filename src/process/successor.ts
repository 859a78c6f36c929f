/** Starts the running program once more, to take over from it: a process of its own, which outlives us. */
import { spawn } from 'node:child_process'

import { fail } from '../core/index.ts'
import { closeDescriptor, descriptorPair } from '../io/index.ts'
import { loadNative } from '../native/index.ts'

export interface SuccessorOptions {
  /** The program's file and arguments: `process.argv.slice(1)`. */
  readonly args: readonly string[]
}

/** The program that is to take over. */
export interface Successor {
  readonly pid: number
  /** Our end of the pair of sockets to it, for `sendDescriptors` and `receiveDescriptors`. */
  readonly descriptor: number
  /** Resolves when it has ended, with how: text for people. */
  readonly ended: Promise<string>
  kill(): void
  /** Closes our end of the pair. */
  close(): void
}

const successorVariable = 'LANEWORK_SUCCESSOR'
const inheritedDescriptor = 3

/**
 * Starts this program again: the same node with the same flags, arguments, folder and environment, on the same terminal. It does
 * not end with us, and finds its end of a pair of sockets with `predecessor()`.
 * Throws UPGRADE_FAILED when it cannot be started, UNSUPPORTED without the addon.
 */
export async function startSuccessor({ args }: SuccessorOptions): Promise<Successor> {
  const [ours, theirs] = descriptorPair()
  loadNative()?.claim(ours)
  try {
    const child = spawn(process.execPath, [...process.execArgv, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', theirs],
      env: { ...process.env, [successorVariable]: String(process.pid) },
    })
    const ended = new Promise<string>((resolve) => {
      child.on('exit', (code, signal) => resolve(signal === null ? `exit code ${code}` : signal))
    })
    await new Promise<void>((resolve, reject) => {
      child.on('spawn', resolve)
      child.on('error', (cause) => reject(fail('UPGRADE_FAILED', { reason: cause.message }, { cause })))
    })
    child.unref()
    const kill = (): void => void child.kill('SIGKILL')
    return { pid: child.pid as number, descriptor: ours, ended, kill, close: () => closeDescriptor(ours) }
  } catch (error) {
    closeDescriptor(ours)
    throw error
  } finally {
    closeDescriptor(theirs)
  }
}

let found: { readonly pid: number; readonly descriptor: number } | undefined

/**
 * The program that started this one with `startSuccessor`, and our end of the pair to it; undefined where nobody did. To be asked for
 * before other processes are started: they must not take themselves for successors.
 */
export function predecessor(): { readonly pid: number; readonly descriptor: number } | undefined {
  const text = process.env[successorVariable]
  if (text === undefined) return found
  delete process.env[successorVariable]
  // In a worker thread the environment is a copy, and descriptors are the main thread's.
  if (Number(text) === process.ppid) found = { pid: process.ppid, descriptor: inheritedDescriptor }
  return found
}
