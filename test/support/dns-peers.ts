/** NSD and Knot as they come with Debian: the same zones, served on loopback, to compare our answers with theirs. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from './folder.js'
import { freePort } from './free-port.js'
import { unlessProgram } from './program.js'
import { until } from './until.js'

/** Text of a zone by its name. */
export type ZoneTexts = Readonly<Record<string, string>>

export interface PeerServer {
  readonly name: string
  readonly port: number
  signal(name: NodeJS.Signals): void
  close(): Promise<void>
}

/** For node:test's `skip`: false where both are here. */
export function unlessPeers(): string | false {
  return inSbin(() => unlessProgram('nsd') || unlessProgram('knotd'))
}

function inSbin<Value>(run: () => Value): Value {
  const path = process.env['PATH']
  process.env['PATH'] = `${path}:/usr/sbin:/sbin`
  try {
    return run()
  } finally {
    process.env['PATH'] = path
  }
}

let servers = 0

export async function startNsd(zones: ZoneTexts): Promise<PeerServer> {
  const { home, files } = written(zones)
  const port = await freePort()
  const path = join(home, 'nsd.conf')
  writeFileSync(
    path,
    [
      'server:',
      `  ip-address: 127.0.0.1@${port}`,
      `  zonesdir: "${home}"`,
      `  username: ""`,
      `  pidfile: "${home}/nsd.pid"`,
      `  xfrdfile: "${home}/xfrd.state"`,
      `  zonelistfile: "${home}/zone.list"`,
      `  xfrdir: "${home}"`,
      // Without it all servers of the machine share one.
      '  database: ""',
      '  server-count: 1',
      '  rrl-ratelimit: 0',
      '  minimal-responses: no',
      '  refuse-any: no',
      '  verbosity: 1',
      'remote-control:',
      '  control-enable: no',
      ...Object.keys(zones).flatMap((name) => ['zone:', `  name: "${name}"`, `  zonefile: "${files[name]}"`]),
    ].join('\n') + '\n',
  )
  return started('nsd', ['-d', '-c', path], port)
}

export async function startKnot(zones: ZoneTexts): Promise<PeerServer> {
  const { home, files } = written(zones)
  const port = await freePort()
  const path = join(home, 'knot.conf')
  writeFileSync(
    path,
    [
      'server:',
      `  rundir: "${home}"`,
      '  udp-workers: 1',
      '  tcp-workers: 1',
      '  background-workers: 1',
      `  listen: 127.0.0.1@${port}`,
      'log:',
      '  - target: stderr',
      '    any: warning',
      'database:',
      `  storage: "${home}"`,
      'template:',
      '  - id: default',
      `    storage: "${home}"`,
      '    semantic-checks: off',
      '    journal-content: none',
      '    zonefile-sync: -1',
      'zone:',
      ...Object.keys(zones).flatMap((name) => [`  - domain: "${name}"`, `    file: "${files[name]}"`]),
    ].join('\n') + '\n',
  )
  return started('knotd', ['-c', path], port)
}

function written(zones: ZoneTexts): { home: string; files: Record<string, string> } {
  const home = join(folder, `peer${++servers}`)
  mkdirSync(home)
  const files = Object.fromEntries(Object.keys(zones).map((name, at) => [name, join(home, `z${at}.zone`)]))
  for (const [name, text] of Object.entries(zones)) writeFileSync(files[name]!, text)
  return { home, files }
}

/**
 * Starts one with a configuration of the test's own; it answers on that port when this resolves. Where the machine is busy NSD may give its
 * own start up ("did not get start signal from main"), so that one that ends is started again.
 */
export async function started(name: string, words: readonly string[], port: number): Promise<PeerServer> {
  let said = ''
  for (let attempt = 1; attempt <= 5; attempt++) {
    const child = inSbin(() => spawn(name, words, { stdio: ['ignore', 'pipe', 'pipe'] }))
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
    const onExit = (): void => void child.kill('SIGKILL')
    process.on('exit', onExit)
    const close = async (): Promise<void> => {
      process.off('exit', onExit)
      await ended(child)
    }
    const state = await until(`${name} answers`, async () => {
      return hasEnded(child) ? 'ended' : (await answers(port)) && 'answers'
    })
    if (state === 'answers') return { name, port, signal: (signal) => void child.kill(signal), close }
    await close()
  }
  throw new Error(`${name} ended: ${said}`)
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (hasEnded(child)) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
    setTimeout(() => child.kill('SIGKILL'), 3_000).unref()
  })
}

/** A query for the root's SOA, which any server answers somehow. */
const probe = Uint8Array.of(0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 6, 0, 1)

async function answers(port: number): Promise<boolean> {
  const asker = new Asker(port)
  try {
    return (await asker.ask([probe], 100, 1))[0] !== undefined
  } finally {
    asker.close()
  }
}

/** At once; below what a server's socket buffer of 200 KiB holds. */
const asksAtOnce = 96
const lookMs = 50

interface Waiting {
  readonly at: number
  readonly id: number
  readonly sentMs: number
  readonly attempt: number
}

/** Sends queries over UDP, some at a time, and again where no answer comes. */
export class Asker {
  readonly #socket: Socket = createSocket('udp4')
  readonly #connected: Promise<void>
  /** By id, in the order of sending. */
  readonly #waiting = new Map<number, Waiting>()
  #onAnswer: (answer: Buffer) => void = () => {}
  #id = 0

  constructor(port: number) {
    this.#socket.on('message', (answer) => this.#onAnswer(answer))
    this.#socket.on('error', () => {})
    this.#connected = new Promise((resolve) => this.#socket.connect(port, '127.0.0.1', () => resolve()))
  }

  /** The answers in the order of the queries, with the queries' ids; undefined where none came. One call at a time. */
  async ask(queries: readonly Uint8Array[], waitMs = 2_000, attempts = 3): Promise<(Buffer | undefined)[]> {
    await this.#connected
    const found: (Buffer | undefined)[] = Array.from({ length: queries.length })
    let [next, left] = [0, queries.length]
    if (left === 0) return found
    const goOn = (): void => {
      while (this.#waiting.size < asksAtOnce && next < queries.length) this.#send(queries, next++, 1)
    }
    return await new Promise((resolve) => {
      const settle = (waiting: Waiting, answer: Buffer | undefined): void => {
        found[waiting.at] = answer
        if (--left > 0) return goOn()
        clearInterval(look)
        this.#onAnswer = () => {}
        resolve(found)
      }
      const look = setInterval(() => {
        const dueMs = performance.now() - waitMs
        for (const waiting of this.#waiting.values()) {
          if (waiting.sentMs > dueMs) break
          this.#waiting.delete(waiting.id)
          if (waiting.attempt < attempts) this.#send(queries, waiting.at, waiting.attempt + 1)
          else settle(waiting, undefined)
        }
      }, lookMs)
      this.#onAnswer = (answer) => {
        const waiting = answer.length < 2 ? undefined : this.#waiting.get(answer.readUInt16BE(0))
        if (waiting === undefined) return
        this.#waiting.delete(waiting.id)
        const query = queries[waiting.at]!
        answer.writeUInt16BE(query[0]! * 256 + query[1]!, 0)
        settle(waiting, answer)
      }
      goOn()
    })
  }

  #send(queries: readonly Uint8Array[], at: number, attempt: number): void {
    const id = (this.#id = (this.#id + 1) & 0xffff)
    const sent = Buffer.from(queries[at]!)
    sent.writeUInt16BE(id, 0)
    this.#waiting.set(id, { at, id, sentMs: performance.now(), attempt })
    this.#socket.send(sent)
  }

  close(): void {
    this.#socket.close()
  }
}
