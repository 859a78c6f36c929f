import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { until } from '../../../support/until.ts'
import { lineMember, numbersOf, pageMember, udpMember, upTo, type Member } from './members.ts'
import { serveInline, type Served } from './served.ts'

/** More than the kernel's buffers between the two hold, so that it must wait in the server. */
const most = 4_000
const text = 'x'.repeat(7_000)

/** Talks until somebody is gone; gives how many messages that took. */
async function talkUntil(speaker: Member, listener: Member, isGone: () => boolean): Promise<number> {
  for (let count = 0; count < most; count++) {
    speaker.send(`talk ${count} ${text}`)
    // One after the other, so that nobody else has reason to lag behind.
    await until(`message ${count} is heard`, () => numbersOf(listener, 'talk').length > count)
    if (isGone()) return count + 1
  }
  throw new Error('it was never cut off')
}

async function cutOff(served: Served, slow: Member): Promise<void> {
  const [speaker, listener, other] = [
    await lineMember(served.tcp, 'sam'),
    await lineMember(served.tcp, 'lisa'),
    await udpMember(served.udp, 'una'),
  ]
  slow.pause()
  const left = (): boolean =>
    listener.lines.some((line) => line.startsWith('-- slow has gone (Did not read what was sent)'))
  const count = await talkUntil(speaker, listener, left)
  assert.ok(count < most)
  assert.deepEqual(numbersOf(listener, 'talk'), upTo(count))
  // A long message is several datagrams, and its number is in the first.
  await until('UDP has it all too', () => numbersOf(other, 'talk').length >= count)
  assert.deepEqual(numbersOf(other, 'talk'), upTo(count))
  assert.equal(speaker.isOpen, true)
}

describe('a member that stops reading', () => {
  const limits = { queueBytes: 65_536 }

  it('is cut off at its queue limit over TCP, and nobody else misses a message', async () => {
    const served = await serveInline({ textBytes: 8_000 }, { limits })
    await cutOff(served, await lineMember(served.tcp, 'slow'))
  })

  it('is cut off at its queue limit as a page, and nobody else misses a message', async () => {
    const served = await serveInline({ textBytes: 8_000, resumeSeconds: 0 }, { limits })
    await cutOff(served, await pageMember(served.ws, 'slow'))
  })
})
