/** The owner and lanes of a chat over a real bus, with peers that have no sockets: for crowds, and for disks and lanes that stall. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { after } from 'node:test'

import { startHub, type Bus, type Hub } from '#lanework/bus/index.js'
import { systemClock, type Clock } from '#lanework/core/index.js'
import type { Address } from '#lanework/io/index.js'
import type { LaneInfo, Peer } from '#lanework/server/index.js'
import { chatCounters } from '#lanework/services/chat/lane/counters.js'
import type { LaneDesk } from '#lanework/services/chat/lane/desk.js'
import { ChatLane, type Fronts } from '#lanework/services/chat/lane/lane.js'
import { fromBytes, toBytes, type OwnerNotice } from '#lanework/services/chat/messages.js'
import { chatSettings, type ChatOptions } from '#lanework/services/chat/options.js'
import { ChatOwner } from '#lanework/services/chat/owner/owner.js'
import { memoryStore, type ChatStore } from '#lanework/services/chat/store/index.js'
import type { Heard } from '#lanework/services/chat/types.js'

export interface Guest {
  readonly desk: LaneDesk
  readonly secret: string
  readonly heard: Heard[]
  readonly isClosed: () => boolean
}

export interface House extends AsyncDisposable {
  readonly bus: () => Bus
  readonly path: () => string
  readonly hub: () => Hub
  readonly owner: () => ChatOwner
  /** The owner dies, and another one comes; so many lanes hear of it at once, and the others when what this gives is called. */
  restart(atOnce?: number): Promise<() => void>
  /** `elsewhere`: by the hub's socket, as in another process. `listens`: whether it has listeners already. */
  lane(seat: number, how?: { elsewhere?: boolean; listens?: () => boolean }): Promise<ChatLane>
  /** What was said to a datagram's port, whatever the lane. */
  readonly saidTo: (udpPort: number) => string[]
  /** A member over TCP, or from this port over UDP; it may come back to its stay. */
  guest(lane: ChatLane, nick: string, how?: { udpPort?: number; resume?: string }): Promise<Guest>
}

function makePeer(address: Address, listener: Address | undefined, state: { isClosed: boolean }): Peer {
  const session = listener === undefined ? {} : { listener, open: {} }
  const peer = { transport: listener === undefined ? 'tcp' : 'udp', address, ...session, state: undefined }
  return Object.assign(peer, { close: () => (state.isClosed = true) }) as unknown as Peer
}

/** The path by which a hub of this thread is reached over its socket, as from another process. */
export function fromElsewhere(path: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'lanework-way-'))
  after(() => rmSync(folder, { recursive: true }))
  symlinkSync(dirname(path), join(folder, 'hub'))
  return join(folder, 'hub', basename(path))
}

/** A memory that writes messages only once the gate is open. */
export function slowStore(opened: Promise<void>): ChatStore {
  const store = memoryStore({})
  const append = store.append.bind(store)
  return Object.assign(store, { append: (entries: Parameters<typeof append>[0]) => opened.then(() => append(entries)) })
}

function bySocket(notice: Uint8Array): Uint8Array {
  const { path, ...rest } = fromBytes<OwnerNotice>(notice)
  return toBytes({ ...rest, path: fromElsewhere(path) } satisfies OwnerNotice)
}

export async function openHouse(options: ChatOptions = {}, store: ChatStore = memoryStore({})): Promise<House> {
  const settings = chatSettings(options)
  const listeners = new Set<(bytes: Uint8Array) => void>()
  let [hub, owner, notice] = await begin(0)
  const lanes: ChatLane[] = []
  const heardBy = new WeakMap<object, Heard[]>()
  const said: [port: number, text: string][] = []
  const front: Fronts['udp'] = (desk) => {
    const heard: Heard[] = []
    heardBy.set(desk, heard)
    const hear = (each: Heard): void => {
      heard.push(each)
      if (each.hearing.event === 'said' && 'port' in desk.peer.address)
        said.push([desk.peer.address.port, each.hearing.text])
    }
    return { receive: () => {}, hear }
  }

  async function begin(lanes: number): Promise<[Hub, ChatOwner, Uint8Array]> {
    const made = await startHub()
    const server = {
      clock: systemClock as Clock,
      run: 1,
      lanes,
      signal: new AbortController().signal,
      publish: () => {},
      kept: new Map(),
      keep: () => false,
    }
    const bytes = toBytes({ path: made.path, proofKey: Buffer.alloc(32, 7).toString('base64') })
    return [made, new ChatOwner({ server, settings, bus: made.bus, store }), bytes]
  }

  const house: House = {
    bus: () => hub.bus,
    path: () => hub.path,
    hub: () => hub,
    saidTo: (udpPort) => said.flatMap(([port, text]) => (port === udpPort ? [text] : [])),
    owner: () => owner,
    async restart(atOnce = Infinity) {
      owner.close()
      await hub.close()
      const told = [...listeners]
      ;[hub, owner, notice] = await begin(told.length)
      for (const listener of told.splice(0, atOnce)) listener(notice)
      return () => told.forEach((listener) => listener(notice))
    },
    async lane(seat, { elsewhere = false, listens = () => true } = {}) {
      const info: LaneInfo = {
        id: seat,
        kind: 'inline',
        clock: systemClock,
        counters: new Float64Array(chatCounters.length),
        openPeer: (address, listener) => {
          return listens() ? (makePeer(address, listener, { isClosed: false }) as Peer<unknown, unknown>) : undefined
        },
        shared: {
          snapshot: undefined,
          version: 0,
          call: () => Promise.reject(new Error('no methods')),
          onSnapshot(hear) {
            const listener = (bytes: Uint8Array): void => hear(elsewhere ? bySocket(bytes) : bytes)
            listeners.add(listener)
            listener(notice)
            return () => listeners.delete(listener)
          },
        },
      }
      const lane = new ChatLane(info, settings, { udp: front, tcp: front, ws: front, irc: front })
      lanes.push(lane)
      await lane.ready
      return lane
    },
    async guest(lane, nick, { udpPort, resume } = {}) {
      const state = { isClosed: false }
      const transport = udpPort === undefined ? 'tcp' : 'udp'
      const address = { scheme: transport, host: '127.0.0.1', port: udpPort ?? 4_000 } as const
      const listener = udpPort === undefined ? undefined : ({ scheme: 'udp', host: '127.0.0.1', port: 9_060 } as const)
      const peer = makePeer(address, listener, state)
      if (udpPort === undefined) lane.opened(peer)
      else await lane.receive(Buffer.from(nick), peer)
      const desk = peer.state as LaneDesk
      const again = resume === undefined ? {} : { resume }
      const enter = { nick, user: nick, realname: nick, transport, address: '127.0.0.1', ...again } as const
      const entered = await desk.ask('enter', enter)
      if ('fault' in entered) throw new Error(entered.fault.message)
      return { desk, secret: entered.ok.secret, heard: heardBy.get(desk) ?? [], isClosed: () => state.isClosed }
    },
    async [Symbol.asyncDispose]() {
      for (const lane of lanes) await lane.stop()
      owner.close()
      await hub.close()
      await store.close()
    },
  }
  return house
}
