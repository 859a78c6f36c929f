/** The server of a batch's page: who may come in, what he gets, and what he can do with it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { WebSocket } from 'ws'

import {
  recordPage,
  serveBatchPage,
  type JobStatus,
  type PageServer,
  type RunRecord,
  type Step,
} from '#lanework/batch/index.js'
import { until } from '../../support/until.js'
import { mixedJobs, PretendedBatch, pretendedRun, secret } from './pretended-batch.js'

interface Told {
  readonly kind: string
  readonly ref?: number
  readonly fault?: { readonly code: string; readonly message: string }
  readonly record?: RunRecord
  readonly steps?: readonly Step[]
  readonly jobs?: readonly JobStatus[]
  readonly policies?: RunRecord['policies']
  readonly status?: unknown
}

interface Visitor {
  readonly told: Told[]
  readonly texts: string[]
  readonly socket: WebSocket
  say(message: unknown): void
  heard(kind: string): Promise<Told>
  readonly isClosed: boolean
}

async function visit(page: PageServer, token?: string, headers: Record<string, string> = {}): Promise<Visitor> {
  const { url, own } = placeOf(page)
  const socket = new WebSocket(url, { headers })
  const [told, texts]: [Told[], string[]] = [[], []]
  let isClosed = false
  socket.on('message', (data: Buffer) => {
    texts.push(data.toString())
    told.push(JSON.parse(data.toString()) as Told)
  })
  socket.on('close', () => (isClosed = true))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  const say = (message: unknown): void => socket.send(typeof message === 'string' ? message : JSON.stringify(message))
  say({ do: 'enter', token: token ?? own })
  return {
    told,
    texts,
    socket,
    say,
    heard: (kind) => until(`the page is told ${kind}`, () => told.find((one) => one.kind === kind)),
    get isClosed() {
      return isClosed
    },
  }
}

function placeOf(page: PageServer): { url: string; own: string } {
  const url = new URL(page.url)
  const words = new URLSearchParams(url.hash.slice(1))
  return { url: `ws://${url.host}${words.get('at')}`, own: words.get('token') ?? '' }
}

/** Serves a batch for the length of a test. */
async function served(batch: PretendedBatch, work: (page: PageServer) => Promise<void>): Promise<void> {
  const page = await serveBatchPage(batch)
  try {
    await work(page)
  } finally {
    await page.close()
  }
  assert.equal(batch.watchers, 0, 'nobody watches any more')
}

describe('the server of the page', () => {
  test('serves the page with its files, which run nothing from elsewhere', async () => {
    await served(new PretendedBatch(mixedJobs), async (page) => {
      const { origin } = new URL(page.url)
      const answer = await fetch(`${origin}/`)
      const html = await answer.text()
      assert.equal(answer.status, 200)
      assert.match(answer.headers.get('content-security-policy') ?? '', /default-src 'self'/)
      assert.match(html, /\{"live":true\}/)
      for (const [, path] of html.matchAll(/(?:src|href)="(\.\/assets\/[^"]+)"/g)) {
        const asset = await fetch(new URL(String(path), `${origin}/`))
        assert.equal(asset.status, 200, path)
        await asset.arrayBuffer()
      }
      const saved = await fetch(`${origin}/saved.html`)
      assert.match(await saved.text(), /id="content"/)
    })
  })

  test('tells the record, and then what happens', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(500)
    await served(batch, async (page) => {
      const visitor = await visit(page)
      await visitor.heard('whole')
      const whole = visitor.told.flatMap(({ kind, steps = [] }) => (kind === 'news' ? steps : []))
      assert.deepEqual(whole, batch.steps)
      while (!batch.isOver) batch.advance(100)
      await until('all steps came', () => {
        const steps = visitor.told.flatMap(({ kind, steps: some = [] }) => (kind === 'news' ? some : []))
        return steps.length === batch.steps.length
      })
      const jobs = new Map(visitor.told.flatMap(({ jobs: some = [] }) => some).map((job) => [job.id, job]))
      assert.deepEqual(
        [...jobs.values()].map(({ state }) => state),
        ['ended', 'ended', 'ended', 'ended'],
      )
      await visitor.heard('status')
      assert.equal(page.pages, 1)
      batch.end()
      await visitor.heard('over')
      visitor.socket.close()
      await until('the page has gone', () => page.pages === 0)
    })
  })

  test('nothing secret of a job leaves: no environment, no arguments, no folder', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(500)
    await served(batch, async (page) => {
      const visitor = await visit(page)
      await visitor.heard('whole')
      batch.advance(500)
      await until('news came', () => visitor.told.at(-1)?.kind === 'news' && visitor.told.length > 4)
      const [job] = visitor.told.flatMap(({ jobs = [] }) => jobs)
      assert.deepEqual(job?.request.argv, ['true'])
      assert.ok(visitor.texts.every((text) => !text.includes(secret) && !text.includes('/bin/')))
      visitor.socket.terminate()
    })
    const file = recordPage('<script type="application/json" id="content">null</script>', batch.recordNow())
    assert.ok(!file.includes(secret) && file.includes('compress'))
  })

  test('changes the policy, and pauses, resumes and cancels jobs', async () => {
    const batch = new PretendedBatch(mixedJobs)
    batch.advance(500)
    await served(batch, async (page) => {
      const visitor = await visit(page)
      await visitor.heard('whole')
      visitor.say({ do: 'policy', ref: 1, choice: { name: 'fcfs' } })
      assert.deepEqual(await visitor.heard('answer'), { kind: 'answer', ref: 1 })
      assert.equal(batch.policies.at(-1)?.choice.name, 'fcfs')
      await until('the new policy is told', () => visitor.told.some(({ policies }) => policies?.length === 2))
      for (const kind of ['pause', 'resume', 'cancel']) visitor.say({ do: 'act', ref: 2, action: { kind }, jobs: [1] })
      visitor.say({ do: 'act', ref: 3, action: { kind: 'priority', priority: 5 }, jobs: [1] })
      await until('all were answered', () => visitor.told.filter(({ kind }) => kind === 'answer').length === 5)
      assert.deepEqual(
        batch.acted.map(({ action }) => action.kind),
        ['pause', 'resume', 'cancel', 'priority'],
      )
      visitor.socket.close()
    })
  })

  test('what the batch refuses, the page is told', async () => {
    await served(new PretendedBatch(mixedJobs), async (page) => {
      const visitor = await visit(page)
      await visitor.heard('whole')
      visitor.say({ do: 'act', ref: 7, action: { kind: 'pause' }, jobs: [99] })
      assert.equal((await visitor.heard('answer')).fault?.message, 'No job 99.')
      visitor.socket.close()
    })
  })

  test('a wrong token gets nothing, and no token either', async () => {
    const batch = new PretendedBatch(mixedJobs)
    await served(batch, async (page) => {
      const wrong = await visit(page, 'x'.repeat(32))
      await until('it was turned away', () => wrong.isClosed)
      assert.deepEqual(wrong.told, [{ kind: 'refused' }])
      const { url } = placeOf(page)
      const socket = new WebSocket(url)
      const heard: string[] = []
      socket.on('message', (data: Buffer) => heard.push(data.toString()))
      await new Promise((resolve) => socket.once('open', resolve))
      socket.send(JSON.stringify({ do: 'act', ref: 1, action: { kind: 'cancel' }, jobs: [1] }))
      await new Promise((resolve) => socket.once('close', resolve))
      assert.deepEqual(heard, ['{"kind":"refused"}'])
      assert.deepEqual(batch.acted, [])
      assert.equal(page.pages, 0)
    })
  })

  test('pages of others may not connect, by their own name, by one that leads here, or by none', async () => {
    await served(new PretendedBatch(mixedJobs), async (page) => {
      const { host, port } = new URL(page.url)
      const refused = (headers: Record<string, string>): Promise<void> =>
        assert.rejects(visit(page, undefined, headers), /Unexpected server response: 403/)
      await refused({ Origin: 'https://example.org' })
      await refused({ Origin: 'null' })
      // DNS rebinding: the page and what it connects to have the same name, but it is none of this machine's.
      await refused({ Origin: `http://rebound.example:${port}`, Host: `rebound.example:${port}` })
      await refused({ Origin: `http://localhost:${Number(port) + 1}` })
      const own = await visit(page, undefined, { Origin: `http://${host}` })
      await own.heard('whole')
      own.socket.close()
    })
  })

  test('what is no message is not answered, and ends the connection after a few', async () => {
    const batch = new PretendedBatch(mixedJobs)
    await served(batch, async (page) => {
      const bad = [
        'nonsense',
        '[]',
        'null',
        { do: 'add', ref: 1, requests: [{ argv: ['sh'] }] },
        { do: 'act', ref: 1, action: { kind: 'forget' }, jobs: [1] },
        { do: 'act', ref: 1, action: { kind: 'pause' }, jobs: ['*'] },
        { do: 'act', ref: 1, action: { kind: 'priority', priority: 'high' }, jobs: [1] },
        { do: 'act', ref: 1, action: { kind: 'pause' }, jobs: Array.from({ length: 1_001 }, () => 1) },
        { do: 'policy', ref: 1, choice: { name: 3 } },
        { do: 'policy', choice: { name: 'fcfs' } },
      ]
      for (const start of [0, 5]) {
        const visitor = await visit(page)
        await visitor.heard('whole')
        for (const message of bad.slice(start, start + 5)) visitor.say(message)
        await until('it is closed', () => visitor.isClosed)
        assert.ok(visitor.told.every(({ kind }) => kind !== 'answer'))
      }
      assert.deepEqual([batch.acted, batch.policies.length], [[], 1])
    })
  })

  test('a browser that does not read delays nobody, and later gets the record anew', async () => {
    const many = Array.from({ length: 400 }, (_, index) => ({ name: `job${index}`, bursts: [60, 10, 60, 10, 60] }))
    const batch = new PretendedBatch(many, { cpus: [0, 1, 2, 3], quantum: 10 })
    batch.advance(500)
    await served(batch, async (page) => {
      const slow = await visit(page)
      await slow.heard('whole')
      slow.socket.pause()
      const quick = await visit(page)
      await quick.heard('whole')
      for (; !batch.isOver; await new Promise((resolve) => setImmediate(resolve))) batch.advance(500)
      await until('the quick one knows all ends', () => endsIn(quick).size === many.length)
      slow.socket.resume()
      await until('the slow one knows all ends', () => endsIn(slow).size === many.length)
      quick.socket.close()
      slow.socket.close()
    })
  })

  test('wrong options are refused', async () => {
    const batch = pretendedRun()
    for (const options of [{ listen: 'tcp://127.0.0.1:0' }, { listen: 'ws://127.0.0.1:0' }, { token: 'short' }])
      await assert.rejects(serveBatchPage(batch, options), { code: 'OPTION_INVALID' })
    assert.equal(batch.watchers, 0)
    batch.record = () => Promise.reject(new Error('no record'))
    await assert.rejects(serveBatchPage(batch), /no record/)
    assert.equal(batch.watchers, 0)
  })
})

function endsIn({ told }: Visitor): Set<number> {
  return new Set(told.flatMap(({ jobs = [] }) => jobs.filter(({ state }) => state === 'ended').map(({ id }) => id)))
}
