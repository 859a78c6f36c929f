/** Chat servers under test: in this process with one listener of each kind, or in process lanes; none outlives its test. */
import { afterEach } from 'node:test'
import { makerUrl, serve, type Server, type ServeOptions } from '#lanework/server/index.js'
import { chatService, type ChatOptions } from '#lanework/services/chat/index.js'
import { until } from '../../../support/until.ts'

const module = new URL(`${import.meta.resolve('#lanework/services/chat/index.js')}#chat`)

export const noLimits = { peer: 'none', address: 'none', room: 'none' } as const

export interface Served {
  readonly server: Server
  readonly udp: string
  readonly tcp: string
  readonly ws: string
  readonly irc: string
}

const listen: ServeOptions['listen'] = [
  'udp://127.0.0.1:0',
  'tcp://127.0.0.1:0',
  'ws://127.0.0.1:0/chat',
  { address: 'tcp://127.0.0.1:0', protocol: 'irc' },
]

const spread = 'least-connections'
const spreadListen: ServeOptions['listen'] = [
  { address: 'udp://127.0.0.1:0', spread: 'source' },
  { address: 'tcp://127.0.0.1:0', spread },
  { address: 'ws://127.0.0.1:0/chat', spread },
  { address: 'tcp://127.0.0.1:0', protocol: 'irc', spread },
]

/** On a machine that has much else to do, too, lanes are there before anybody gives them up. */
const supervision = { readyMs: 30_000 }

const servers = new Set<Server>()
afterEach(async () => {
  const open = [...servers]
  servers.clear()
  await Promise.all(open.map((server) => server.close()))
})

function servedBy(server: Server): Served {
  servers.add(server)
  const [udp = '', tcp = '', ws = '', irc = ''] = server.addresses
  return { server, udp, tcp, ws, irc }
}

export async function serveInline(options: ChatOptions, more: Partial<ServeOptions> = {}): Promise<Served> {
  return servedBy(await serve(chatService({ limits: noLimits, ...options }), { listen, ...more }))
}

/** Connections go to the lanes in turn, so that members are in all of them. */
export async function serveLanes(options: ChatOptions, more: Partial<ServeOptions> = {}): Promise<Served> {
  const url = makerUrl(module, { limits: noLimits, ...options })
  const served = servedBy(
    await serve(url, { listen: spreadListen, lanes: 2, laneKind: 'process', supervision, ...more }),
  )
  await ready(served)
  return served
}

/** Resolves when all lanes serve. */
export async function ready({ server }: Served): Promise<void> {
  await until('all lanes serve', () =>
    server.status().lanes.every(({ state }) => state === 'ready' || state === 'running'),
  )
}

/** The lane whose count of messages this raises: that of the member that sends. */
export async function laneOf({ server }: Served, send: () => Promise<unknown>): Promise<number> {
  const before = server.status().lanes.map(({ messages }) => messages)
  await send()
  return await until('a lane has counted it', () => {
    const found = server.status().lanes.findIndex(({ messages }, lane) => messages > (before[lane] ?? 0))
    return found < 0 ? undefined : found
  })
}
