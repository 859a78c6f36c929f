/** A server's clock, kept once by servers upstream and read by all lanes. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { nativeStatus, realTimeNs, udp } from '#lanework/io/index.js'
import { makerUrl, serve, type ServeOptions } from '#lanework/server/index.js'
import {
  decodeSnapshot,
  readDriftFile,
  upstreamShared,
  type NtpSample,
  type UpstreamStatus,
} from '#lanework/services/time/index.js'
import { VirtualClock } from '#lanework/testing/index.js'
import type { KeptTime } from '../../../fixtures/kept-time.js'
import { fixturePath } from '../../../support/fixture.js'
import { folder } from '../../../support/folder.js'
import { goodAnswer, pretendNtp } from '../../../support/pretended-ntp.js'
import { until } from '../../../support/until.js'
import { pathToFileURL } from 'node:url'

const native = nativeStatus().available
const module = new URL(`${pathToFileURL(fixturePath('kept-time')).href}#keptTime`)

async function ask(address: string): Promise<KeptTime> {
  const socket = udp()
  try {
    await socket.sendTo('what time is it', address)
    const { message } = await socket.recvFrom(65_536, { timeoutMs: 10_000 })
    return JSON.parse(String(message)) as KeptTime
  } finally {
    await socket.close()
  }
}

async function checkLanes(options: Pick<ServeOptions, 'lanes' | 'laneKind'>): Promise<void> {
  const ntp = await pretendNtp((request) => [goodAnswer(request)])
  const server = await serve(makerUrl(module, { servers: [ntp.server], burst: 1 }), {
    listen: 'udp://127.0.0.1:0',
    spread: 'round-robin',
    ...options,
  })
  try {
    const [address = ''] = server.addresses
    const pids = new Set<number>()
    await until('every lane is synchronised', async () => {
      const { pid, leap } = await ask(address)
      if (leap === 0) pids.add(pid)
      return pids.size === (options.laneKind === 'process' ? options.lanes : 1)
    })
    const before = realTimeNs()
    const { stratum, ns, earliest, latest, upstream } = await ask(address)
    const after = realTimeNs()
    assert.equal(stratum, 3)
    // The upstream's clock is this machine's in milliseconds.
    assert.ok(BigInt(ns) > before - 50_000_000n && BigInt(ns) < after + 50_000_000n)
    assert.ok(BigInt(earliest) < BigInt(ns) && BigInt(ns) < BigInt(latest))
    const { servers, steps, state } = upstream as UpstreamStatus
    assert.deepEqual([servers[0]?.server, servers[0]?.verdict, state.leap], [ntp.server, 'system', 0])
    assert.ok(steps <= 1)
    assert.equal(ntp.requests.length, 1, 'one for all lanes')
  } finally {
    await server.close()
    await ntp.close()
  }
}

describe('the clock of a server', () => {
  it('is kept in the calling thread for an inline lane', () => checkLanes({ lanes: 1, laneKind: 'inline' }))

  it('is kept once for lanes in processes', { skip: !native }, () => checkLanes({ lanes: 2, laneKind: 'process' }))

  it('is kept once for lanes in threads', { skip: !native }, () => checkLanes({ lanes: 2, laneKind: 'thread' }))

  it('refuses wrong options before anything starts', () => {
    const cases = [
      { servers: [] },
      { servers: ['a'], atLeast: 2 },
      { servers: ['a'], minPoll: 0 },
      { servers: ['a'], driftFile: '' },
    ]
    for (const options of cases) {
      assert.throws(
        () => upstreamShared(options),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
      )
    }
    assert.throws(
      () => upstreamShared({ servers: ['tcp://a:1'] }),
      (error) => isLaneworkError(error, 'ADDRESS_INVALID'),
    )
  })
})

/** Runs `shared` in virtual time, with a server that is half a second ahead. */
async function runOwner(
  driftFile: string,
  run = 1,
): Promise<{
  clock: VirtualClock
  published: Uint8Array[]
  methods: { upstream(): UpstreamStatus; close(): Promise<void> }
}> {
  const clock = new VirtualClock()
  const published: Uint8Array[] = []
  const answer = async (address: string): Promise<NtpSample> => ({
    source: address,
    address,
    atNs: BigInt(Math.round(clock.monotonicMs() * 1e6)),
    timeNs: BigInt(Math.round((clock.wallMs() + 500) * 1e6)),
    delay: 0.001,
    dispersion: 1e-6,
    leap: 0,
    stratum: 1,
    refId: 5,
    serverRefId: 6,
    rootDelay: 0,
    rootDispersion: 1e-6,
    precision: -20,
    strays: 0,
  })
  const shared = upstreamShared({ servers: ['192.0.2.1'], driftFile }, { ask: answer, random: () => 0.5 })
  const signal = new AbortController().signal
  const methods = await shared({
    clock,
    run,
    lanes: 0,
    signal,
    kept: new Map(),
    keep: () => false,
    publish: (bytes) => published.push(Buffer.from(bytes)),
  })
  return { clock, published, methods: methods as never }
}

describe('the owner of a clock', () => {
  it('publishes an unsynchronised clock at first, then each correction', async () => {
    const { clock, published, methods } = await runOwner(join(folder, 'drift-a'))
    assert.equal(decodeSnapshot(published[0] ?? Buffer.alloc(0))?.leap, 3)
    await clock.advance(30_000)
    const last = decodeSnapshot(published.at(-1) ?? Buffer.alloc(0))
    assert.deepEqual([last?.leap, last?.stratum, last?.refId, last?.steps], [0, 2, 5, 1])
    assert.ok(Math.abs(methods.upstream().wallBehind - 0.5) < 1e-3)
    await methods.close()
  })

  it('says nothing after a restart before it knows the time, so that lanes go on by what they have', async () => {
    const { clock, published, methods } = await runOwner(join(folder, 'drift-c'), 2)
    await clock.advance(1_000)
    assert.ok(published.length > 0)
    for (const snapshot of published) assert.equal(decodeSnapshot(snapshot)?.leap, 0)
    await methods.close()
  })

  it('writes its drift file after a minute and at the end, and begins from it', async () => {
    const path = join(folder, 'drift-b')
    const { clock, methods } = await runOwner(path)
    await clock.advance(59_000)
    assert.equal(existsSync(path), false)
    await clock.advance(2_000)
    await until('it is written', () => existsSync(path))
    await clock.advance(600_000)
    await methods.close()
    const record = await readDriftFile(path)
    assert.ok(record !== undefined && record.deviation < 20e-6)
    assert.ok(Math.abs(Number(record.wallLessTimeNs) / 1e9 + 0.5) < 1e-3)
    const next = await runOwner(path)
    const first = decodeSnapshot(next.published[0] ?? Buffer.alloc(0))
    assert.equal(first?.frequency, record.frequency)
    await next.methods.close()
  })

  it('goes on where its drift file cannot be written, and says so', async () => {
    const { clock, methods } = await runOwner(join(folder, 'no-such-folder', 'drift'))
    await clock.advance(61_000)
    await until('it is told', () => methods.upstream().driftFileProblem !== '')
    assert.equal(methods.upstream().state.leap, 0)
    await methods.close()
  })
})
