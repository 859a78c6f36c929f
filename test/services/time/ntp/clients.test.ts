/** Programs that others wrote, as they are packed for Debian: each accepts the server and agrees on the time. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { parseAddress, type InternetAddress } from '#lanework/io/index.js'
import { serve, type Server } from '#lanework/server/index.js'
import { localSource, ntpService, type NtpServiceOptions } from '#lanework/services/time/index.js'
import { unlessRoot } from '../../../support/capability.ts'
import { addressOf } from '../../../support/matrix.ts'
import { second } from '../../../support/ntp.ts'

const timeout = 60_000

/** For `skip`: why a program cannot be run. */
function unlessInstalled(program: string, packageName: string): string | false {
  const { error } = spawnSync(program, ['--version'], { env: programEnvironment, timeout: 10_000 })
  return error === undefined ? false : `${program} is not installed (Debian package ${packageName})`
}

const programEnvironment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C' }

/** All that it prints; the server goes on serving meanwhile. */
async function output(program: string, words: readonly string[]): Promise<{ code: number | null; text: string }> {
  const child = spawn(program, words, { env: programEnvironment, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 })
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += String(chunk)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, text }))
  })
}

function served(options: NtpServiceOptions = {}, listen = 'udp://127.0.0.1:0'): Promise<Server> {
  return serve(ntpService({ localStratum: 8, ...options }), { listen })
}

/** A machine's clock, `aheadSeconds` off. */
function shifted(aheadSeconds: number): NtpServiceOptions {
  const local = localSource({ stratum: 5 })
  const aheadNs = BigInt(aheadSeconds * 1_000) * (second / 1_000n)
  return { source: { nowNs: () => local.nowNs() + aheadNs, state: () => local.state() } }
}

// Each waits most of its six seconds, as chronyd measures every other second.
describe('chronyd', { skip: unlessInstalled('chronyd', 'chrony'), concurrency: 6 }, () => {
  /** Measures once, as any user, and sets nothing. */
  async function measure(server: Server, options = ''): Promise<{ offset: number; text: string; code: number | null }> {
    const { port } = parseAddress(addressOf(server)) as InternetAddress
    const source = `server 127.0.0.1 port ${port} iburst maxsamples 4 ${options}`
    const { code, text } = await output('chronyd', ['-U', '-Q', '-t', '20', 'cmdport 0', source])
    return { code, text, offset: Number(/System clock wrong by (-?[\d.]+) seconds/.exec(text)?.[1] ?? NaN) }
  }

  for (const [name, options] of [
    ['version 4', 'version 4'],
    ['version 3', 'version 3'],
    ['version 1', 'version 1'],
    ['interleaved mode', 'xleave'],
  ] as const) {
    it(`accepts it in ${name}, and finds the time that it tells`, { timeout }, async () => {
      await using server = await served(shifted(2.5))
      const { code, offset, text } = await measure(server, options)
      assert.equal(code, 0, text)
      assert.ok(Math.abs(offset - 2.5) < 0.01, text)
      const { answers = 0, interleavedAnswers = 0 } = server.status().counters
      assert.ok(answers > 0)
      assert.equal(interleavedAnswers > 0, options === 'xleave')
    })
  }

  it('finds the same time as its own where the server has the same clock', { timeout }, async () => {
    await using server = await served()
    const { code, offset, text } = await measure(server)
    assert.equal(code, 0, text)
    assert.ok(Math.abs(offset) < 0.01, text)
  })

  it('does not believe one that is unsynchronised', { timeout }, async () => {
    await using server = await served({ localStratum: undefined } as never)
    const { offset, text } = await measure(server)
    assert.ok(Number.isNaN(offset), text)
    assert.ok((server.status().counters['answers'] ?? 0) > 0, 'it was asked')
  })
})

/** Clients that know no port but 123 are given an address of the loopback network that nobody else uses. */
const ownHost = '127.123.0.6'

for (const [program, packageName, words] of [
  ['ntpdig', 'ntpsec-ntpdig', ['-t', '5', ownHost]],
  ['ntpdate', 'ntpsec-ntpdate', ['-q', ownHost]],
] as const) {
  const skip = unlessRoot || unlessInstalled(program, packageName)
  describe(program, { skip }, () => {
    it('accepts it, and finds the time that it tells', { timeout }, async () => {
      await using server = await served(shifted(-1.5), `udp://${ownHost}:123`)
      const { code, text } = await output(program, words)
      assert.equal(code, 0, text)
      const offset = Number(/([-+]\d+\.\d+) (?:\+\/-|sec)/.exec(text)?.[1] ?? NaN)
      assert.ok(Math.abs(offset + 1.5) < 0.02, text)
      assert.ok((server.status().counters['answers'] ?? 0) > 0)
    })
  })
}
