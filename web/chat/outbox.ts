/**
 * Messages on their way: shown at once, sent one after the other, and sent again after a connection broke, under the same name, so that the
 * server says them once. Where it has forgotten the names, what was kept tells; where nothing was, the writer decides. What the rate limit
 * refuses goes back to its writer, with everything behind it.
 */
import { cleanText } from '../../src/services/chat/text/clean-text.ts'
import type { Say } from '../../src/services/chat/types.ts'
import type { PageSaying } from '../../src/services/chat/page/protocol.ts'
import { type Connection, newRef } from './connection.ts'
import type { Store } from './model.ts'
import { addLine, addPending, fail, type Message, remove, settle, type Talk } from './talk.ts'
import { faultText, texts } from './texts.ts'

interface Entry {
  readonly ref: string
  readonly talk: Talk
  readonly message: Message
}

export interface Outbox {
  say(talk: Talk, text: string, kind: Say['kind']): void
  /** The entry of a ref that is not answered yet. */
  pending(ref: string | undefined): Entry | undefined
  /** Of a message that the rate limit makes wait. */
  waiting(ref: string | undefined, waitMs: number): void
  /** What was heard while away holds this message of ours: then it has arrived. */
  arrived(talk: Talk, saying: PageSaying): boolean
  /** Goes on after the connection came back. With `hasForgotten` the server knows no more what it was asked to say. */
  resume(hasForgotten: boolean): void
  /** The connection is gone: what has no answer waits for the next. */
  pause(): void
  retry(talk: Talk, message: Message): void
  discard(talk: Talk, message: Message): void
}

export interface OutboxHooks {
  /** Texts that could not be said, to be written again. */
  returned(talk: Talk, texts: readonly string[]): void
}

/** A clock that is set differently hides no message of ours. */
const clockSlackMs = 60_000

export function outboxOf(store: Store, connection: Connection, hooks: OutboxHooks): Outbox {
  let queue: Entry[] = []
  let isPaused = true
  let isSending = false
  const toldAway = new WeakMap<Talk, string>()

  async function pump(): Promise<void> {
    if (isSending) return
    isSending = true
    while (!isPaused && queue.length > 0) await send(queue[0] as Entry)
    isSending = false
  }

  async function send(entry: Entry): Promise<void> {
    const { talk, message, ref } = entry
    message.hasLeft = true
    const answer = await connection.ask(
      'say',
      { to: talk.name, kind: message.kind, text: message.text, once: ref },
      ref,
    )
    const isLost = 'fault' in answer && answer.isLost === true
    if (isLost) isPaused = true
    // It may have been heard though its answer is lost.
    if (isLost && message.state !== 'sent') return
    queue = queue.filter((other) => other !== entry)
    if (isLost) return
    if ('ok' in answer) {
      settle(talk, message, answer.ok.id, answer.ok.atMs)
      // As it is written, whatever was typed.
      if (talk.kind === 'private') talk.name = answer.ok.to
      tellAway(talk, answer.ok.away)
    } else if (answer.fault.code === 'limited' || answer.fault.code === 'muted')
      limited(entry, answer.fault.waitMs ?? 1_000)
    else fail(message, faultText(answer.fault))
    store.changed()
  }

  /** Said once, until it is another text. */
  function tellAway(talk: Talk, text: string | undefined): void {
    if (text !== undefined && toldAway.get(talk) !== text) addLine(talk, texts.isAway(talk.name, text))
    if (text === undefined) toldAway.delete(talk)
    else toldAway.set(talk, text)
  }

  /** It and all that follow go back where they were written, unless something else is written there already. */
  function limited(entry: Entry, waitMs: number): void {
    store.blockedUntilMs = Date.now() + waitMs
    const back = [entry, ...queue.filter(({ talk }) => talk === entry.talk)]
    if (entry.talk.draft.trim() !== '' || back.some(({ message }) => message.kind !== 'message')) {
      for (const { message } of back) fail(message, texts.faults['limited'] ?? '')
    } else {
      for (const { talk, message } of back) remove(talk, message)
      hooks.returned(
        entry.talk,
        back.map(({ message }) => message.text),
      )
    }
    queue = queue.filter((other) => !back.includes(other))
  }

  function say(talk: Talk, text: string, kind: Say['kind'], ref = newRef()): void {
    if (store.me === undefined) return
    const message = addPending(talk, ref, store.me, text, kind)
    queue.push({ ref, talk, message })
    store.changed()
    void pump()
  }

  /** It was asked for, nobody knows whether it was said, and no history would show it. */
  function isUnsure({ talk, message }: Entry): boolean {
    return message.hasLeft && (store.hello?.hasHistory !== true || talk.kind === 'private')
  }

  return {
    say: (talk, text, kind) => say(talk, text, kind),
    pending: (ref) => (ref === undefined ? undefined : queue.find((entry) => entry.ref === ref)),
    waiting(ref, waitMs) {
      const message = queue.find((entry) => entry.ref === ref)?.message
      if (message === undefined) return
      Object.assign(message, { state: 'waiting', untilMs: Date.now() + waitMs, version: message.version + 1 })
    },
    arrived(talk, { id, atMs, by, text, kind }) {
      const own = queue.find(({ talk: other, message }) => {
        const isSame = other === talk && message.hasLeft && cleanText(message.text) === text && message.kind === kind
        return isSame && by.nick === store.me?.nick && atMs > message.atMs - clockSlackMs
      })
      if (own === undefined) return false
      queue = queue.filter((entry) => entry !== own)
      settle(talk, own.message, id, atMs)
      return true
    },
    resume(hasForgotten) {
      const unsure = hasForgotten ? queue.filter(isUnsure) : []
      for (const { message } of unsure) fail(message, texts.unsure)
      queue = queue.filter((entry) => !unsure.includes(entry))
      isPaused = false
      void pump()
    },
    pause() {
      isPaused = true
    },
    retry(talk, message) {
      remove(talk, message)
      // The same again: what was said after all is not said twice.
      say(talk, message.text, message.kind, message.id)
    },
    discard(talk, message) {
      remove(talk, message)
      store.changed()
    },
  }
}
