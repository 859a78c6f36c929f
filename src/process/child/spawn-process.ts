/** Starts a process that runs lanework's bootstrap. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readlinkSync, realpathSync } from 'node:fs'
import type { Duplex } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { fail } from '../../core/index.ts'
import { checkCall, loadNative } from '../../native/index.ts'
import { DescriptorTransport, StreamTransport, type Transport } from '../channel/index.ts'
import { isProcessAlive } from '../process-table.ts'
import { childVariable, type ChildVariable } from '../bootstrap/variable.ts'
import { childEntry } from '../entries.ts'
import type { Body, ChildOptions } from './child.ts'
import { environmentForChild, flagsForChild } from './flags.ts'

const entry = fileURLToPath(childEntry)
/** Makes the kernel kill a process when the thread that started it ends, where the addon cannot. */
const setpriv = ['/usr/bin/setpriv', '/bin/setpriv'].find((path) => existsSync(path) && !isBusybox(path))

const parentThread = ownThread()

export function spawnProcess(options: ChildOptions): Body {
  const native = loadNative()
  const pair = new Int32Array(2)
  if (native !== undefined) checkCall(native.pair(1, pair), 'socketpair', 'a channel')
  const [ours, theirs] = [pair[0] as number, pair[1] as number]
  for (const end of pair) native?.claim(end) // this thread may be terminated in the next line
  const variable: ChildVariable = {
    parentPid: process.pid,
    parentThread,
    guard: native === undefined ? 'channel' : 'signal',
    transport: native === undefined ? 'stream' : 'descriptor',
    pipes: options.stdout === 'pipe' ? ['stdout', 'stderr'] : ['stderr'],
  }
  const heap = options.heapMiB === undefined ? [] : [`--max-old-space-size=${options.heapMiB}`]
  const command = [process.execPath, ...(options.execArgv ?? flagsForChild()), ...heap, entry, options.name]
  // Without the addon another program sets the parent death signal and then becomes the child.
  if (native === undefined && setpriv !== undefined) command.unshift(setpriv, '--pdeathsig', 'KILL', '--')
  try {
    const child = spawn(command[0] as string, command.slice(1), {
      stdio: [
        'ignore',
        options.stdout ?? 'inherit',
        'pipe', // also when nobody wants to see it: last words are kept
        native === undefined ? 'pipe' : theirs,
      ],
      env: { ...(options.env ?? environmentForChild()), [childVariable]: JSON.stringify(variable) },
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    })
    const transport =
      native === undefined ? new StreamTransport(child.stdio[3] as Duplex) : new DescriptorTransport(ours)
    return new ProcessBody(child, transport)
  } catch (error) {
    native?.close(ours)
    throw error
  } finally {
    native?.close(theirs)
  }
}

/** Its setpriv knows no --pdeathsig. */
function isBusybox(path: string): boolean {
  return realpathSync(path).includes('busybox')
}

/** Undefined where there is no /proc, or one of other process numbers. */
function ownThread(): number | undefined {
  try {
    const [pid, , thread] = readlinkSync('/proc/thread-self').split('/').map(Number)
    return pid === process.pid ? thread : undefined
  } catch {
    return undefined
  }
}

class ProcessBody implements Body {
  readonly transport: Transport
  readonly ended: Body['ended']
  readonly #child: ChildProcess
  #exited = false

  constructor(child: ChildProcess, transport: Transport) {
    this.#child = child
    this.transport = transport
    if (child.pid !== undefined) loadNative()?.childStarted(child.pid)
    this.ended = this.#end()
    // Who waits for the end gets the error; nobody may.
    this.ended.catch(() => {})
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get stdout(): Body['stdout'] {
    return this.#child.stdout
  }

  get stderr(): Body['stderr'] {
    return this.#child.stderr
  }

  isAlive(): boolean {
    return !this.#exited && this.#child.pid !== undefined && isProcessAlive(this.#child.pid)
  }

  signal(name: NodeJS.Signals): void {
    // It has not been reaped, so the pid is still its own.
    if (!this.#exited) this.#child.kill(name)
  }

  ref(yes: boolean): void {
    const streams = [this.#child.stdout, this.#child.stderr] as unknown as ({ ref?(): void; unref?(): void } | null)[]
    for (const handle of [this.#child, ...streams]) {
      if (yes) handle?.ref?.()
      else handle?.unref?.()
    }
  }

  #end(): Body['ended'] {
    const child = this.#child
    return new Promise((resolve, reject) => {
      child.on('error', (cause: NodeJS.ErrnoException) => {
        if (child.pid !== undefined) return // a signal that could not be sent
        reject(
          fail('SYSTEM_ERROR', { syscall: 'spawn', errno: cause.code ?? 'UNKNOWN', address: 'a process' }, { cause }),
        )
      })
      child.on('exit', (code, signal) => {
        this.#exited = true
        loadNative()?.childEnded(child.pid as number)
        resolve({ code: code ?? undefined, signal: signal ?? undefined, error: undefined })
      })
    })
  }
}
