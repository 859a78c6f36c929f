/**
 * The objects that this thread serves. Its socket opens when the first of them is given away; neither that nor who
 * connects keeps the program running.
 */
import { unlinkSync } from 'node:fs'

import { fail } from '../../core/index.ts'
import { listenUnixNow, type StreamConnection, type StreamListener } from '../../io/index.ts'
import type { Answer, ServedObject, Visitor } from './object.ts'
import { freshSocketPath } from './place.ts'
import { Visit } from './visit.ts'
import type { WireCall } from './wire.ts'

/** One object, and who has it. */
interface Entry {
  readonly object: ServedObject
  readonly visitors: Set<Visitor>
  readonly watchers: Set<Visitor>
  /** Handles in this thread. */
  handles: number
  /** Handles that were given away and have not arrived. */
  travelling: number
}

/** Where an object is found. */
export interface ServedPlace {
  readonly path: string
  readonly object: number
}

export class Host {
  /** This thread's own code. */
  readonly local: Visitor = { stale() {} }
  readonly #entries = new Map<number, Entry>()
  readonly #visits = new Set<Visit>()
  #lastObject = 0
  #path: string | undefined
  #listener: StreamListener | undefined

  /** With one handle in this thread. */
  add(object: ServedObject): number {
    const number = ++this.#lastObject
    const entry = { object, visitors: new Set<Visitor>(), watchers: new Set<Visitor>(), handles: 1 }
    this.#entries.set(number, { ...entry, travelling: 0 })
    object.onChange = () => this.#changed(number)
    return number
  }

  /** Throws CLOSED when nobody has it any more. */
  object(number: number): ServedObject {
    return this.#entry(number).object
  }

  addHandle(number: number): void {
    this.#entry(number).handles += 1
  }

  dropHandle(number: number): void {
    const entry = this.#entries.get(number)
    if (entry === undefined) return
    entry.handles -= 1
    this.#dropUnused(number, entry)
  }

  /** Where others find it; it lives on until they have come and gone. */
  place(number: number): ServedPlace {
    this.share(number)
    return { path: this.path, object: number }
  }

  isHere(path: string): boolean {
    return path === this.#path
  }

  /** Of the socket, which opens with the first use. */
  get path(): string {
    return (this.#path ??= this.#listen())
  }

  flush(): void {
    for (const visit of this.#visits) visit.flush()
  }

  // What a visit asks for.

  attach(visitor: Visitor, number: number): void {
    const entry = this.#entries.get(number)
    if (entry === undefined) return
    entry.travelling -= 1
    entry.visitors.add(visitor)
  }

  detach(visitor: Visitor, number: number): void {
    const entry = this.#entries.get(number)
    if (entry === undefined) return
    entry.visitors.delete(visitor)
    entry.watchers.delete(visitor)
    this.#dropUnused(number, entry)
  }

  watch(visitor: Visitor, number: number): void {
    const entry = this.#entries.get(number)
    if (entry === undefined) return
    entry.watchers.add(visitor)
    visitor.stale(number, entry.object)
  }

  share(number: number): void {
    const entry = this.#entries.get(number)
    if (entry !== undefined) entry.travelling += 1
  }

  call({ object, method, args }: WireCall, answer: Answer): void {
    const entry = this.#entries.get(object)
    if (entry === undefined) answer.reject(fail('CLOSED', { what: 'object' }))
    else entry.object.call(method, args, answer)
  }

  gone(visit: Visit): void {
    this.#visits.delete(visit)
    for (const [number, entry] of this.#entries) {
      entry.watchers.delete(visit)
      entry.visitors.delete(visit)
      // Also of one whose handles it had closed: what it held it holds no more.
      entry.object.gone(visit)
      this.#dropUnused(number, entry)
    }
  }

  #entry(number: number): Entry {
    const entry = this.#entries.get(number)
    if (entry === undefined) throw fail('CLOSED', { what: 'object' })
    return entry
  }

  #dropUnused(number: number, { handles, visitors, travelling }: Entry): void {
    if (handles <= 0 && visitors.size === 0 && travelling <= 0) this.#entries.delete(number)
  }

  #changed(number: number): void {
    const entry = this.#entries.get(number)
    if (entry !== undefined) for (const watcher of entry.watchers) watcher.stale(number, entry.object)
  }

  /** Who is told the path may connect before this thread does anything else. */
  #listen(): string {
    const path = freshSocketPath()
    this.#listener = listenUnixNow(path, {
      onConnection: (connection) => this.#welcome(connection),
      onAcceptError: () => {},
    })
    this.#listener.ref(false)
    process.on('exit', () => this.#leave(path))
    return path
  }

  #welcome(connection: StreamConnection): void {
    const own = process.getuid?.()
    const credentials = connection.credentials?.()
    if (credentials !== undefined && credentials.uid !== own && credentials.uid !== 0) connection.destroy()
    else this.#visits.add(new Visit(connection, this))
  }

  #leave(path: string): void {
    this.flush()
    try {
      unlinkSync(path)
    } catch {
      // It is gone.
    }
  }
}

let own: Host | undefined

/** Of this thread. */
export function host(): Host {
  return (own ??= new Host())
}
