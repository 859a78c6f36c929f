/**
 * The control socket of a program that serves: `<state>/control/<name>-<pid>.sock`, for its own user only. Whoever may open it
 * may ask for the status, drain, reload, stop and upgrade.
 */
import { lstatSync, renameSync, unlinkSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { ControlServer, type CallContext, type ControlMethods, type ControlPeer } from '../../process/index.ts'
import type { Server } from '../types.ts'
import { operatorMethods } from './methods.ts'
import { usualStateFolder } from './state-folder.ts'
import type { UpgradeReport } from './types.ts'

export interface ServeControlOptions {
  /** The socket's file, in place of one in `folder`. */
  readonly path?: string
  /** Where the socket gets a name of its own, `<name>-<pid>.sock`. @default where `lanework status` looks: controlFolder() */
  readonly folder?: string
  /** @default the first server's service */
  readonly name?: string
  /** How the program hands over to its successor; without it `upgrade` is UNSUPPORTED. */
  readonly upgrade?: () => Promise<UpgradeReport>
  /** Takes the file over from a server that still answers there: a successor does. @default false */
  readonly replace?: boolean
}

export interface ControlSocket extends AsyncDisposable {
  readonly path: string
  /** Answers to calls that ended the program are still sent, for a second at most. */
  close(): Promise<void>
}

const connections = 64
const frameBytes = 4_194_304
const answerMs = 1_000

/**
 * Opens a control socket for these servers; it does not keep the process running. Throws ADDRESS_IN_USE, ADDRESS_INVALID (a path of
 * more than 107 bytes), FOLDER_NOT_PRIVATE, OPTION_INVALID.
 *
 * @example
 * await using control = await serveControl([server])
 */
export async function serveControl(
  servers: readonly Server[],
  options: ServeControlOptions = {},
): Promise<ControlSocket> {
  const name = options.name ?? servers[0]?.status().service ?? 'server'
  const path = resolve(options.path ?? join(options.folder ?? controlFolder(), controlFile(name, process.pid)))
  const waiting = new Set<ControlPeer>()
  const onFinal = ({ peer }: CallContext): void => {
    waiting.add(peer)
    peer.onDisconnect(() => waiting.delete(peer))
  }
  const methods = operatorMethods({ name, servers, upgrade: options.upgrade, onFinal }) as unknown as ControlMethods
  // A successor binds beside the file and moves its own over it, so that there is no moment in which nobody answers.
  const bound = options.replace === true ? `${path}.${process.pid}` : path
  const server = await ControlServer.listen(bound, methods, { connections, frameBytes })
  server.ref(false)
  if (bound !== path) renameSync(bound, path)
  return new OpenControl(path, server, waiting)
}

/** The file of a program in the folder of control sockets: letters, digits, dot, dash and underscore alone. */
export function controlFile(name: string, pid: number): string {
  return `${name.replace(/[^A-Za-z0-9._-]/g, '-').slice(0, 40)}-${pid}.sock`
}

/** Where control sockets are, under a state folder; without one that of the command, `$XDG_STATE_HOME/lanework`. */
export function controlFolder(state: string = usualStateFolder()): string {
  return join(state, 'control')
}

class OpenControl implements ControlSocket {
  readonly path: string
  readonly #server: ControlServer
  readonly #waiting: ReadonlySet<ControlPeer>
  readonly #file: string | undefined
  #closing: Promise<void> | undefined

  constructor(path: string, server: ControlServer, waiting: ReadonlySet<ControlPeer>) {
    this.path = path
    this.#server = server
    this.#waiting = waiting
    this.#file = identityOf(path)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    await this.#answered()
    await this.#server.close()
    // The listener knows the name that it was bound to; a file that was moved, or is a successor's, it does not.
    if (this.#file !== undefined && identityOf(this.path) === this.#file) unlinkQuietly(this.path)
  }

  /** Who asked for the end hangs up once it has the answer. */
  async #answered(): Promise<void> {
    const gone = [...this.#waiting].map((peer) => new Promise<void>((done) => peer.onDisconnect(done)))
    if (gone.length === 0) return
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((done) => (timer = setTimeout(done, answerMs)))
    await Promise.race([Promise.all(gone), late])
    clearTimeout(timer)
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = lstatSync(path)
    return `${dev}:${ino}`
  } catch {
    return undefined
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Already gone, or no longer ours to remove: whoever lists the folder cleans up.
  }
}
