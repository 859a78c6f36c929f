/** What every bus promises, whatever stands behind it: run over each kind of end, and over other engines that are to come. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { payloadBytes, type Bus, type Subscription } from '#lanework/bus/index.js'
import { fail, type LaneworkError } from '#lanework/core/index.js'
import { until } from '../support/until.js'

/** Two ends of one bus; they may be the same. */
export interface Ends {
  readonly a: Bus
  readonly b: Bus
  close(): Promise<void>
}

export const bytes = (text: string): Buffer => Buffer.from(text)
export const text = (payload: Uint8Array): string => Buffer.from(payload).toString()

export function hasCode(code: string): (error: LaneworkError) => boolean {
  return (error) => error.code === code
}

/** Subscribes and notes what comes as `subject payload`. */
export async function listen(bus: Bus, pattern: string): Promise<{ heard: string[]; subscription: Subscription }> {
  const heard: string[] = []
  const subscription = bus.subscribe(pattern, (payload, subject) => heard.push(`${subject} ${text(payload)}`))
  await subscription.ready
  return { heard, subscription }
}

export function busConformance(name: string, make: () => Promise<Ends>): void {
  const scenario = (claim: string, run: (ends: Ends) => Promise<void>): void => {
    test(claim, async () => {
      const ends = await make()
      try {
        await run(ends)
      } finally {
        await ends.close()
      }
    })
  }

  describe(name, () => {
    scenario('whoever subscribes hears, with subject and payload; nobody else does', async ({ a, b }) => {
      const one = await listen(b, 'chat.room.lobby')
      const two = await listen(b, 'chat.room.lobby')
      const other = await listen(b, 'chat.room.kitchen')
      a.publish('chat.room.lobby', bytes('hello'))
      a.publish('chat.room', bytes('nobody'))
      await until('both heard', () => one.heard.length + two.heard.length === 2)
      await settle(a, b)
      assert.deepEqual([one.heard, two.heard, other.heard], [['chat.room.lobby hello'], ['chat.room.lobby hello'], []])
    })

    scenario('an end hears itself', async ({ a }) => {
      const own = await listen(a, 'self')
      a.publish('self', bytes('me'))
      await until('it was heard', () => own.heard.length === 1)
    })

    scenario('nothing is heard within publish, and the payload may be used again after it', async ({ a, b }) => {
      const { heard } = await listen(b, 'order')
      const payload = bytes('first')
      a.publish('order', payload)
      assert.deepEqual(heard, [])
      payload.fill('x')
      await until('it was heard', () => heard.length === 1)
      assert.deepEqual(heard, ['order first'])
    })

    scenario('messages of one publisher and subject come in order, each once', async ({ a, b }) => {
      const { heard } = await listen(b, 'many')
      for (let index = 0; index < 20_000; index++) {
        a.publish('many', bytes(String(index)))
        if (index % 1_000 === 0) await a.flush()
      }
      await until('all were heard', () => heard.length >= 20_000)
      assert.deepEqual(
        heard,
        Array.from({ length: 20_000 }, (_, index) => `many ${index}`),
      )
      assert.equal(a.status().dropped, 0)
    })

    scenario('* stands for one word, > for all that follow', async ({ a, b }) => {
      const star = await listen(b, 'a.*.c')
      const rest = await listen(b, 'a.>')
      const both = await listen(b, '*.b.>')
      const all = await listen(b, '>')
      const subjects = ['a', 'a.b', 'a.b.c', 'a.b.c.d', 'a.x.c', 'x.b', 'x.b.c']
      for (const subject of subjects) a.publish(subject, bytes('!'))
      await until('all were heard', () => all.heard.length === subjects.length)
      const heard = [star, rest, both].map((each) => each.heard.map((line) => line.split(' ')[0]).join(' '))
      assert.deepEqual(heard, ['a.b.c a.x.c', 'a.b a.b.c a.b.c.d a.x.c', 'a.b.c a.b.c.d x.b.c'])
    })

    scenario('patterns that overlap hear the same message once each', async ({ a, b }) => {
      const heard = await Promise.all(['x.y', 'x.*', 'x.>', '*.y', 'x.y'].map((pattern) => listen(b, pattern)))
      a.publish('x.y', bytes('1'))
      await until('all heard', () => heard.every((each) => each.heard.length > 0))
      await settle(a, b)
      assert.deepEqual(
        heard.map((each) => each.heard),
        Array.from({ length: 5 }, () => ['x.y 1']),
      )
    })

    scenario('after close nothing is heard, not even what is under way', async ({ a, b }) => {
      const { heard, subscription } = await listen(b, 'end')
      const witness = await listen(b, 'end')
      a.publish('end', bytes('1'))
      subscription.close()
      subscription.close()
      await until('the other heard', () => witness.heard.length === 1)
      assert.deepEqual(heard, [])
      witness.subscription.close()
      await settle(a, b)
      assert.equal(b.status().subscriptions, 0)
    })

    scenario('who subscribes while a message is heard does not hear that one', async ({ a, b }) => {
      const late: string[] = []
      const first = b.subscribe('now', (payload) => {
        if (text(payload) === '1') b.subscribe('now', (again) => late.push(text(again)))
      })
      await first.ready
      a.publish('now', bytes('1'))
      await settle(a, b)
      await settle(b, a)
      a.publish('now', bytes('2'))
      await until('the late one heard', () => late.length > 0)
      assert.deepEqual(late, ['2'])
    })

    scenario('payloads may be empty and as long as the limit, and no longer', async ({ a, b }) => {
      const sizes: number[] = []
      await b.subscribe('size', (payload) => sizes.push(payload.length)).ready
      a.publish('size', Buffer.alloc(0))
      a.publish('size', Buffer.alloc(payloadBytes))
      assert.throws(() => a.publish('size', Buffer.alloc(payloadBytes + 1)), hasCode('PAYLOAD_TOO_LONG'))
      await assert.rejects(a.request('size', Buffer.alloc(payloadBytes + 1)), hasCode('PAYLOAD_TOO_LONG'))
      assert.throws(() => a.publish('size', 'text' as never), hasCode('OPTION_INVALID'))
      await until('both were heard', () => sizes.length === 2)
      assert.deepEqual(sizes, [0, payloadBytes])
    })

    scenario('subjects that cannot be are refused where they are used', async ({ a }) => {
      const never = [
        '',
        '.',
        'a..b',
        'a.',
        '.a',
        'a b',
        'a\0',
        'é',
        'x'.repeat(256),
        '$SYS.x',
        '_INBOX.x',
        'a*',
        'a.>b',
      ]
      for (const subject of [...never, '*', 'a.*', '>'])
        assert.throws(() => a.publish(subject, bytes('')), hasCode('SUBJECT_INVALID'), subject)
      for (const subject of [...never, '>.a']) {
        assert.throws(() => a.subscribe(subject, () => {}), hasCode('SUBJECT_INVALID'), subject)
        assert.throws(() => a.respond(subject, () => bytes('')), hasCode('SUBJECT_INVALID'), subject)
        await assert.rejects(a.request(subject, bytes('')), hasCode('SUBJECT_INVALID'), subject)
      }
    })

    scenario('a request gets the answer of a responder, at once or later', async ({ a, b }) => {
      const sync = b.respond('upper', (payload) => bytes(text(payload).toUpperCase()))
      const later = b.respond('later', async (payload, subject) => {
        await new Promise((resolve) => setImmediate(resolve))
        return bytes(`${subject} ${text(payload)}`)
      })
      await Promise.all([sync.ready, later.ready])
      assert.equal(text(await a.request('upper', bytes('abc'))), 'ABC')
      assert.equal(text(await a.request('later', bytes('abc'))), 'later abc')
      const many = await Promise.all(
        Array.from({ length: 2_000 }, (_, index) => a.request('upper', bytes(`n${index}`))),
      )
      assert.deepEqual(
        many.map(text),
        Array.from({ length: 2_000 }, (_, index) => `N${index}`),
      )
      assert.equal(a.status().waiting, 0)
    })

    scenario('of several responders each gets its turn, and each request one answer', async ({ a, b }) => {
      const counts = [0, 0, 0]
      const responders = [b, b, a].map((bus, index) =>
        bus.respond('shared', () => {
          counts[index]!++
          return bytes(String(index))
        }),
      )
      await Promise.all(responders.map(({ ready }) => ready))
      await Promise.all(Array.from({ length: 60 }, () => a.request('shared', bytes(''))))
      assert.equal(counts[0]! + counts[1]! + counts[2]!, 60)
      assert.ok(
        counts.every((count) => count > 0),
        String(counts),
      )
      responders[0]!.close()
      responders[1]!.close()
      await settle(b, a)
      assert.equal(text(await a.request('shared', bytes(''))), '2')
    })

    scenario('without a responder a request fails at once', async ({ a, b }) => {
      await assert.rejects(a.request('nobody', bytes(''), { timeoutMs: 60_000 }), hasCode('NO_RESPONDER'))
      const responder = b.respond('nobody', (payload) => payload)
      await responder.ready
      await a.request('nobody', bytes(''))
      responder.close()
      await settle(b, a)
      await assert.rejects(a.request('nobody', bytes(''), { timeoutMs: 60_000 }), hasCode('NO_RESPONDER'))
    })

    scenario('what a responder throws, the requester gets: class, code and detail', async ({ a, b }) => {
      const responders = [
        b.respond('throws', () => {
          throw new RangeError('too far')
        }),
        b.respond('rejects', () => Promise.reject(fail('QUEUE_FULL', { queue: 'nicks', limit: 3 }))),
        b.respond('no-bytes', () => 'text' as never),
        b.respond('endless', () => Buffer.alloc(payloadBytes + 1)),
      ]
      await Promise.all(responders.map(({ ready }) => ready))
      await assert.rejects(a.request('throws', bytes('')), { name: 'RangeError', message: 'too far' })
      await assert.rejects(a.request('rejects', bytes('')), (error: LaneworkError<'QUEUE_FULL'>) => {
        return error.code === 'QUEUE_FULL' && error.detail.limit === 3
      })
      await assert.rejects(a.request('no-bytes', bytes('')), hasCode('OPTION_INVALID'))
      await assert.rejects(a.request('endless', bytes('')), hasCode('PAYLOAD_TOO_LONG'))
    })

    scenario(
      'a request ends by its time and by its signal; an answer that comes later is passed over',
      async ({ a, b }) => {
        const answers: (() => void)[] = []
        const slow = b.respond('slow', () => new Promise((resolve) => answers.push(() => resolve(bytes('late')))))
        await slow.ready
        await assert.rejects(a.request('slow', bytes(''), { timeoutMs: 30 }), hasCode('TIMED_OUT'))
        const controller = new AbortController()
        const aborted = a.request('slow', bytes(''), { signal: controller.signal })
        await until('it was asked', () => answers.length === 2)
        controller.abort(new Error('enough'))
        await assert.rejects(aborted, hasCode('ABORTED'))
        await assert.rejects(a.request('slow', bytes(''), { signal: AbortSignal.abort() }), hasCode('ABORTED'))
        for (const answer of answers) answer()
        await settle(b, a)
        assert.equal(a.status().waiting, 0)
        for (const options of [{ timeoutMs: 0 }, { timeoutMs: 1.5 }, { timeout: 1 }])
          await assert.rejects(a.request('slow', bytes(''), options as never), hasCode('OPTION_INVALID'))
      },
    )

    scenario('a storm of subscriptions: all are there, and all are gone', async ({ a, b }) => {
      let heard = 0
      const count = 20_000
      const storm = Array.from({ length: count }, (_, index) => b.subscribe(`storm.${index}`, () => heard++))
      await storm[count - 1]!.ready
      assert.equal(b.status().subscriptions, count)
      for (let index = 0; index < count; index += 100) a.publish(`storm.${index}`, bytes(''))
      await until('all were heard', () => heard === count / 100)
      for (const each of storm) each.close()
      await settle(b, a)
      for (let index = 0; index < count; index += 100) a.publish(`storm.${index}`, bytes(''))
      await settle(a, b)
      assert.deepEqual([heard, b.status().subscriptions], [count / 100, 0])
    })

    scenario('counts what it does', async ({ a, b }) => {
      const { heard } = await listen(b, 'counted')
      const before = [a.status().published, b.status().received]
      a.publish('counted', bytes(''))
      a.publish('unheard', bytes(''))
      await until('it was heard', () => heard.length === 1)
      assert.deepEqual([a.status().published - before[0]!, b.status().received - before[1]!], [2, 1])
      assert.equal(a.status().state, 'open')
    })

    scenario('after close requests fail and nothing is taken', async ({ a, b }) => {
      const never = b.respond('never', () => new Promise(() => {}))
      await never.ready
      const request = assert.rejects(a.request('never', bytes('')), hasCode('CLOSED'))
      let closed = 0
      a.on('closed', ({ error }) => (closed += error === undefined ? 1 : 100))
      await a.close()
      await a.close()
      await request
      assert.equal(closed, 1)
      assert.throws(() => a.publish('x', bytes('')), hasCode('CLOSED'))
      assert.throws(() => a.subscribe('x', () => {}), hasCode('CLOSED'))
      await assert.rejects(a.request('x', bytes('')), hasCode('CLOSED'))
      await assert.rejects(a.flush(), hasCode('CLOSED'))
      assert.equal(a.status().state, 'closed')
    })

    scenario('what was published before close is heard', async ({ a, b }) => {
      if (a === b) return
      const { heard } = await listen(b, 'last')
      for (let index = 0; index < 100; index++) a.publish('last', bytes(String(index)))
      await a.close()
      await until('all were heard', () => heard.length === 100)
    })
  })
}

/** What one end said has come to the other, and what that one said before has come back. */
export async function settle(from: Bus, to: Bus): Promise<void> {
  await from.flush()
  await to.flush()
}
