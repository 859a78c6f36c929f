/** Servers whose lanes are told to fail, and clients that ask them. */
import { statSync, writeFileSync } from 'node:fs'
import { serve, type Server, type ServeOptions, type ServerEvents } from '#lanework/server/index.js'
import type { LaneFlags } from '../fixtures/lane-service.ts'
import { freshPath } from './folder.ts'
import { clientOf } from './matrix.ts'
import { childrenOf, statOf } from './process-table.ts'
import { until } from './until.ts'

export const laneKinds = ['process', 'thread'] as const

const module = new URL('../fixtures/lane-service.js', import.meta.url)
const flagsPath = freshPath()

/** What lanes that are loaded from now on do. */
export function setFlags(flags: LaneFlags): void {
  writeFileSync(flagsPath, JSON.stringify(flags))
  process.env['LANE_FLAGS'] = flagsPath
}

/** How often the service was loaded, in whatever lane. */
export function loads(): number {
  return statSync(`${flagsPath}.loaded`, { throwIfNoEntry: false })?.size ?? 0
}

const servers = new Set<Server>()

/** A test that failed leaves no server behind. */
export async function closeServers(): Promise<void> {
  await Promise.all([...servers].map((server) => server.close()))
  servers.clear()
}

/** Two process lanes of the service, or of `#sharing`, unless the options say otherwise. */
export async function serveFaulty(options: Partial<ServeOptions>, name = ''): Promise<Server> {
  const server = await serve(new URL(module.href + name), {
    listen: 'udp://127.0.0.1:0',
    lanes: 2,
    laneKind: 'process',
    ...options,
  })
  servers.add(server)
  return server
}

/** One question, one answer. */
export async function ask(address: string, text: string): Promise<string> {
  const client = await clientOf(address)
  try {
    await client.send(text)
    return String(await client.receive())
  } finally {
    await client.close()
  }
}

/** Sends without waiting for an answer. */
export async function tell(address: string, text: string): Promise<void> {
  const client = await clientOf(address)
  await client.send(text)
  // A stream that is closed at once could take the message with it.
  if (address.startsWith('udp')) await client.close()
  else
    void client.receive().then(
      () => client.close(),
      () => client.close(),
    )
}

/** All events of a kind, as they come. */
export function record<Name extends keyof ServerEvents>(server: Server, name: Name): ServerEvents[Name][] {
  const heard: ServerEvents[Name][] = []
  server.on(name, (event) => heard.push(event))
  return heard
}

/** Of the lane in a seat. */
export function pidOf(server: Server, lane: number): number {
  return known(server.status().lanes[lane]?.pid)
}

/** Of the place that runs `shared`. */
export function ownerPid(server: Server): number {
  return known(server.status().shared?.pid)
}

/** To signal the process 0 is to signal our own group. */
function known(pid = 0): number {
  if (pid === 0) throw new Error('There is no such process now.')
  return pid
}

/** Resolves when all lanes serve. */
export async function allServe(server: Server): Promise<void> {
  await until('all lanes serve', () => server.status().lanes.every(({ state }) => state === 'ready'))
}

/** Children of this process that are no zombies, compiler servers and the like aside. */
export function living(): number[] {
  return childrenOf(process.pid).filter((pid) => !'ZX'.includes(statOf(pid)?.[0] ?? 'X'))
}

export async function killed(pid: number): Promise<void> {
  process.kill(pid, 'SIGKILL')
  await until(`${pid} is dead`, () => 'ZX'.includes(statOf(pid)?.[0] ?? 'X'))
}
