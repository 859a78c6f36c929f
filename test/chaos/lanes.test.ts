/**
 * A server whose lanes are killed, stopped and reloaded at random, under numbered requests over UDP and TCP. Every request is
 * answered, but for what a lane had in hand when it was killed; no connection fails. The seed is printed; LANEWORK_SEED repeats
 * a run as far as the machine's timing does, LANEWORK_CHAOS_MS makes it longer.
 */
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, it } from 'node:test'
import { udp, type UdpSocket } from '#lanework/io/index.js'
import type { Server } from '#lanework/server/index.js'
import { ask, closeServers, living, serveFaulty, setFlags } from '../support/lanes.ts'
import { clientOf, type Client } from '../support/matrix.ts'
import { descriptors, mappings } from '../support/processes.ts'
import { unlessNative } from '../support/sharing.ts'
import { until } from '../support/until.ts'

const seed = Number(process.env['LANEWORK_SEED'] ?? Date.now() % 1_000_000)
const lastsMs = Number(process.env['LANEWORK_CHAOS_MS'] ?? 12_000)
const laneCount = 3
/** Requests of one UDP client that wait for an answer. */
const windowSize = 8
/** One that has not come so long is probably lost; the client goes on without it. */
const givesUpMs = 3_000

let state = seed
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return state / 4_294_967_296
}

/** When lanes of each seat were killed. */
class Kills {
  readonly #atMs: number[] = []

  add(): void {
    this.#atMs.push(performance.now())
  }

  get count(): number {
    return this.#atMs.length
  }

  /** Whether a lane was killed from then on: that of a source's own seat, or one that stood in for it. */
  since(atMs: number): boolean {
    return this.#atMs.some((killedMs) => killedMs >= atMs)
  }

  /** Whether any lane was killed in that time; of one that hung the kill is told a little later than its connections see it. */
  between(fromMs: number, toMs: number): boolean {
    return this.#atMs.some((killedMs) => killedMs >= fromMs && killedMs <= toMs + 1_500)
  }
}

/** Sends numbered requests from one address, and keeps the book. */
class DatagramTraffic {
  readonly unanswered = new Map<number, number>()
  sent = 0
  answered = 0
  twice = 0
  readonly #socket: UdpSocket
  readonly #target: string

  constructor(socket: UdpSocket, target: string) {
    this.#socket = socket
    this.#target = target
    void this.#receive()
  }

  async send(): Promise<void> {
    const oldMs = performance.now() - givesUpMs
    const waiting = [...this.unanswered.values()].filter((sentMs) => sentMs > oldMs).length
    if (waiting >= windowSize) return
    const number = this.sent++
    this.unanswered.set(number, performance.now())
    await this.#socket.sendTo(String(number), this.#target)
  }

  close(): Promise<void> {
    return this.#socket.close()
  }

  async #receive(): Promise<void> {
    try {
      for (;;) {
        const number = Number(String(await this.#socket.recv(100)).split(' ')[1])
        if (this.unanswered.delete(number)) this.answered++
        else this.twice++
      }
    } catch {
      // It is closed.
    }
  }
}

/** Connections one after the other, each with a few requests. */
class StreamTraffic {
  answered = 0
  connects = 0
  /** Connections that ended too early: from when to when they were open, and why. */
  readonly cutOff: { readonly fromMs: number; readonly toMs: number; readonly why: string }[] = []
  readonly failures: string[] = []
  readonly #address: string

  constructor(address: string) {
    this.#address = address
  }

  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      const fromMs = performance.now()
      let client: Client
      try {
        client = await clientOf(this.#address)
        this.connects++
      } catch (error) {
        this.failures.push(`connect: ${String(error)}`)
        return
      }
      try {
        for (let number = 0; number < 20 && !isOver(); number++) {
          await client.send(`t${number}`)
          assert.match(String(await client.receive()), new RegExp(` t${number}$`))
          this.answered++
          await sleep(10)
        }
      } catch (error) {
        this.cutOff.push({ fromMs, toMs: performance.now(), why: String(error) })
      }
      await client.close()
    }
  }
}

function signal(pid: number, name: NodeJS.Signals): boolean {
  try {
    return pid > 0 && process.kill(pid, name)
  } catch {
    return false // it has ended
  }
}

/** Kills, stops and reloads until the time is over; resolves when no reload and no stop is under way. */
async function havoc(server: Server, kills: Kills): Promise<{ reloads: number; stops: number; failures: string[] }> {
  const failures: string[] = []
  const under: Promise<unknown>[] = []
  let [reloads, stops] = [0, 0]
  const endMs = performance.now() + lastsMs
  while (performance.now() < endMs) {
    await sleep(100 + random() * 300)
    const { lanes } = server.status()
    const prey = lanes[Math.floor(random() * lanes.length)]
    const act = random()
    if (act < 0.5) {
      if (prey !== undefined && signal(prey.pid, 'SIGKILL')) kills.add()
    } else if (act < 0.7) {
      reloads++
      under.push(server.reload().catch((error: unknown) => void failures.push(`reload: ${String(error)}`)))
    } else if (prey !== undefined && signal(prey.pid, 'SIGSTOP')) {
      stops++
      under.push(sleep(100 + random() * 1_400).then(() => signal(prey.pid, 'SIGCONT')))
    }
  }
  await Promise.all(under)
  return { reloads, stops, failures }
}

describe(`chaos of lanes, seed ${seed}`, { skip: unlessNative }, () => {
  it('every request is answered, or was in hand of a lane that was killed', { timeout: 110_000 }, async (context) => {
    setFlags({})
    // What is opened once, by the first server and client of a process, stays.
    const first = await serveFaulty({ listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'], lanes: 1 })
    for (const address of first.addresses) await ask(address, 'first')
    await first.close()
    const opened = descriptors()
    const before = { maps: mappings(), children: living().length }
    const server = await serveFaulty({
      listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
      lanes: laneCount,
      supervision: { hangMs: 1_000, restarts: 1_000_000, backoffMs: 1 },
    })
    const [datagrams = '', streams = ''] = server.addresses
    const kills = new Kills()
    server.on('laneEnded', ({ reason }) => void (reason === 'hang' && kills.add()))

    const clients: DatagramTraffic[] = []
    while (clients.length < 6) {
      const socket = udp()
      await socket.bind('udp://127.0.0.1:0')
      clients.push(new DatagramTraffic(socket, datagrams))
    }
    const traffic = { isOver: false }
    const pumping = (async () => {
      while (!traffic.isOver) {
        for (const client of clients) await client.send()
        await sleep(2)
      }
    })()
    const connections = Array.from({ length: 6 }, () => new StreamTraffic(streams))
    const flowing = connections.map((each) => each.run(() => traffic.isOver))
    const { reloads, stops, failures } = await havoc(server, kills)
    traffic.isOver = true
    await Promise.all([pumping, ...flowing])

    const missing = (client: DatagramTraffic): number[] => {
      return [...client.unanswered.values()].filter((sentMs) => !kills.since(sentMs))
    }
    await until('what no killed lane had in hand is answered', () =>
      clients.every((each) => missing(each).length === 0),
    )
    const sent = clients.reduce((sum, each) => sum + each.sent, 0)
    const lost = clients.reduce((sum, each) => sum + each.unanswered.size, 0)
    const answered = clients.reduce((sum, each) => sum + each.answered, 0)
    const connects = connections.reduce((sum, each) => sum + each.connects, 0)
    const cutOff = connections.flatMap((each) => each.cutOff)
    context.diagnostic(
      `${kills.count} kills, ${reloads} reloads, ${stops} stops; ${sent} datagrams, ${lost} lost; ${connects} connects, ${cutOff.length} cut off`,
    )
    assert.deepEqual([...failures, ...connections.flatMap((each) => each.failures)], [])
    // The last ones of those that hung may still be untold.
    await until('all lanes serve', () => server.status().lanes.every((lane) => lane.state === 'ready'))
    assert.deepEqual(
      cutOff.filter(({ fromMs, toMs }) => !kills.between(fromMs, toMs)),
      [],
    )
    assert.equal(sent, answered + lost)
    assert.equal(
      clients.reduce((sum, each) => sum + each.twice, 0),
      0,
    )
    // Of each client at most a window, and most lanes are killed with little or nothing in hand.
    assert.ok(lost <= (kills.count * clients.length * windowSize) / 4, `${lost} lost by ${kills.count} kills`)
    assert.ok(cutOff.length <= kills.count * connections.length)
    assert.ok(kills.count > lastsMs / 2_000 && answered > lastsMs / 20, `${kills.count} kills, ${answered} answers`)

    await until('retired lanes have ended', () => server.status().lanes.length === laneCount)
    await until('all lanes serve', () => server.status().lanes.every((lane) => lane.state === 'ready'))
    // Lanes, and one that stands by.
    await until('nobody else lives', () => living().length === before.children + laneCount + 1)
    for (const client of clients) await client.close()
    await server.close()
    await closeServers()
    assert.equal(living().length, before.children)
    await until(`descriptors are closed: ${kindsOf(descriptors())}, not ${kindsOf(opened)}`, () => {
      return descriptors().length <= opened.length
    })
    await until('mappings are given back', () => collected() && mappings() <= before.maps + 4)
  })
})

/** How many there are of each kind. */
function kindsOf(open: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const each of open) {
    const kind = each.replace(/\d+/g, '')
    counts.set(kind, (counts.get(kind) ?? 0) + 1)
  }
  return JSON.stringify(Object.fromEntries(counts))
}

/** Mapped memory is given back when its buffer is collected; filling the heap makes that happen. */
function collected(): boolean {
  Array.from({ length: 100_000 }, (_, index) => ({ index }))
  return true
}
