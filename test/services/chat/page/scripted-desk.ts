/** A desk whose answers a test writes, and all that its page was sent. */
import { prepare, type Prepared } from '#lanework/server/index.js'
import type { Desk, SharedForms } from '#lanework/services/chat/lane/front.js'
import { chatSettings } from '#lanework/services/chat/options.js'
import { pageFront } from '#lanework/services/chat/page/index.js'
import type { MemberInfo } from '#lanework/services/chat/types.js'
import { ManualClock } from '../../../support/manual-clock.js'

export const alice: MemberInfo = {
  id: '0000000a',
  nick: 'alice',
  user: 'web',
  host: 'host.hidden',
  realname: '',
  transport: 'ws',
  isOperator: false,
  isInvisible: false,
  hearsWallops: false,
  sinceMs: 1,
  activeMs: 1,
}

export interface Asked {
  readonly name: string
  readonly ask: Record<string, unknown>
  readonly ref: string | undefined
}

export function scriptedPage(answer: (asked: Asked) => unknown = () => ({ ok: {} })) {
  const clock = new ManualClock()
  const asked: Asked[] = []
  const sent: string[] = []
  let me: MemberInfo | undefined
  let ended: string | undefined
  const desk = {
    peer: {
      transport: 'ws',
      address: { scheme: 'ws', host: '192.0.2.1', port: 5000 },
      send(reply: unknown) {
        sent.push(typeof reply === 'string' ? reply : (reply as Prepared).payload((text) => text as string).toString())
        return true
      },
      drained: () => Promise.resolve(true),
      close() {},
    },
    clock,
    settings: chatSettings({ network: 'Test' }),
    rooms: new Map(),
    get me() {
      return me
    },
    async ask(name: string, ask: Record<string, unknown>, ref?: string) {
      asked.push({ name, ask, ref })
      const given = (await answer({ name, ask, ref })) as { ok?: { me?: MemberInfo } }
      if (name === 'enter' && given.ok?.me !== undefined) me = given.ok.me
      return given
    },
    end(reason: string) {
      ended = reason
    },
  }
  const front = pageFront(desk as unknown as Desk)
  return {
    front,
    clock,
    asked,
    sent,
    /** What was sent, read. */
    messages: () => sent.map((text) => JSON.parse(text) as Record<string, unknown>),
    /** The value of the last answer. */
    answer: () => (JSON.parse(sent.at(-1) ?? '{}') as { ok?: unknown }).ok,
    ended: () => ended,
    receive: async (message: unknown) => {
      await front.receive(Buffer.from(typeof message === 'string' ? message : JSON.stringify(message)))
    },
  }
}

/** Forms as a lane keeps them for one event, with how often each was encoded. */
export function countedForms(): SharedForms & { readonly encoded: string[] } {
  const made = new Map<string, ReturnType<typeof prepare>>()
  const encoded: string[] = []
  return {
    encoded,
    once(form, encode) {
      const known = made.get(form)
      if (known !== undefined) return known
      const text = encode()
      encoded.push(String(text))
      const prepared = prepare(text)
      made.set(form, prepared)
      return prepared
    },
  }
}
