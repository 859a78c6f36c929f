/** The successor's side of an upgrade: sockets that wait for the `serve` that asks for their address, and the word that all is ready. */
import { fail } from '../../core/index.ts'
import { closeDescriptor, sendDescriptors } from '../../io/index.ts'
import { predecessor } from '../../process/index.ts'
import { readyWord, receiveSockets } from './messages.ts'
import type { HandedSockets, InheritedSockets } from './types.ts'

export interface InheritedQuery {
  /** Where several servers had the same address, that of this name has precedence; else they come in their order. */
  readonly service?: string
  /** The address as it is given to `serve`. */
  readonly asked: string
  readonly kind: 'datagram' | 'stream'
}

/** What a predecessor left us. */
export interface Inheritance {
  readonly predecessorPid: number
  /** True once the predecessor knows that we serve. */
  readonly isReady: boolean
  /** The sockets of an address, once; undefined when there are none, and they are to be bound. */
  take(query: InheritedQuery): InheritedSockets | undefined
  /** Until it is called no `served()` alone makes us ready: a program with more to open than sockets holds, and says `ready`. */
  hold(): void
  /**
   * Tells the predecessor to drain and end; what nobody took is closed. Called by itself when all was taken and is served, unless
   * held. Throws UPGRADE_FAILED when the predecessor is gone or has given us up.
   */
  ready(): Promise<void>
}

let inherited: Promise<Inheritance | undefined> | undefined

/** What a predecessor hands us; undefined where this program was not started by `upgrade`. The same one for all who ask. */
export function inheritance(): Promise<Inheritance | undefined> {
  inherited ??= receive()
  return inherited
}

async function receive(): Promise<Inheritance | undefined> {
  const from = predecessor()
  if (from === undefined) return undefined
  return new Estate(from.pid, from.descriptor, await receiveSockets(from.descriptor))
}

class Estate implements Inheritance {
  readonly predecessorPid: number
  readonly #descriptor: number
  readonly #left: HandedSockets[]
  readonly #unserved = new Set<HandedSockets>()
  #isHeld = false
  #ready: Promise<void> | undefined
  isReady = false

  constructor(pid: number, descriptor: number, sockets: readonly HandedSockets[]) {
    this.predecessorPid = pid
    this.#descriptor = descriptor
    this.#left = [...sockets]
  }

  take({ service, asked, kind }: InheritedQuery): InheritedSockets | undefined {
    const fits = this.#left.filter((each) => each.asked === asked && each.kind === kind)
    // A service may have got another name meanwhile; that of the same name has precedence.
    const chosen = fits.find((each) => each.service === service) ?? fits[0]
    if (chosen === undefined) return undefined
    this.#left.splice(this.#left.indexOf(chosen), 1)
    this.#unserved.add(chosen)
    const isOurs = (): boolean => this.isReady
    return {
      ...chosen,
      served: () => this.#served(chosen),
      get ownsFile() {
        return isOurs()
      },
    }
  }

  hold(): void {
    this.#isHeld = true
  }

  ready(): Promise<void> {
    this.#ready ??= this.#sayReady()
    return this.#ready
  }

  #served(sockets: HandedSockets): void {
    this.#unserved.delete(sockets)
    if (this.#isHeld || this.#left.length > 0 || this.#unserved.size > 0) return
    // A predecessor that has given us up kills us; nobody else waits for this.
    this.ready().catch(() => {})
  }

  async #sayReady(): Promise<void> {
    for (const descriptor of this.#left.splice(0).flatMap(({ descriptors }) => descriptors)) closeDescriptor(descriptor)
    try {
      await sendDescriptors(this.#descriptor, Buffer.from(readyWord), [])
      this.isReady = true
    } catch (cause) {
      throw fail('UPGRADE_FAILED', { reason: 'the predecessor is gone' }, { cause })
    } finally {
      closeDescriptor(this.#descriptor)
    }
  }
}
