/**
 * The room over UDP: every datagram of text is a message, and whoever sends one is in the room.
 *
 *   on loopback, and with `open`      first datagram ─▶ member, and said
 *   elsewhere                         HELLO ─▶ COOKIE, JOIN cookie ─▶ member      (cookie.ts); everything else: dropped, counted
 *
 * A member is an address and a port. What it says returns to it, so that a client that sends and receives just works, and one that counts
 * knows what arrived. An empty datagram only says that it is still there.
 */
import { formatAddress, isLoopback } from '../../../io/index.ts'
import type { Bytes } from '../../../framing/index.ts'
import { prepare, type Peer } from '../../../server/index.ts'
import { gistOf, type Desk, type Front, type FrontCount, type MakeFront } from '../lane/front.ts'
import type { Hearing } from '../types.ts'
import type { ChatSettings } from '../options.ts'
import { cleanText, clipText } from '../text/clean-text.ts'
import { checkNick, longestNickBytes } from '../text/nick.ts'
import { roomKey } from '../text/room-name.ts'
import { cookieDatagram, makeCookies, readHello, readJoin } from './cookie.ts'
import { readInput } from './commands.ts'
import { cutLine, packLines } from './datagrams.ts'
import { faultInWords } from './faults.ts'
import { makeGone, type Gone } from './gone.ts'
import { greetingLines, makeMember, type Member } from './member.ts'
import { formNames, lineBytes, lineOf, relationOf, serverHead, type Relation } from './render.ts'

/** Beyond it, output is cut: no datagram is to be fragmented on its way. */
export const datagramBytes = 1_200
/** Messages of a member that may wait while a limit delays it. */
const waitingMost = 16
const noticeEveryMs = 1_000
/** The owner is told no oftener that a silent member is there. */
const aliveEveryMs = 5_000

/** Of each chat service in this thread, by its settings: fronts come and go with their members. */
const gones = new WeakMap<ChatSettings, Gone>()

function goneOf({ settings, clock }: Desk): Gone {
  const gone = gones.get(settings) ?? makeGone(clock)
  gones.set(settings, gone)
  return gone
}

/** The front of UDP peers, of those too that are no members yet: of these it holds nothing. */
export const udpFront: MakeFront = (desk) => makeUdpFront(desk)

function makeUdpFront(desk: Desk): Front {
  const cookies = makeCookies(() => desk.proofKey, desk.clock)
  const count = (what: FrontCount): void => desk.count?.(what)
  const { peer } = desk
  const isTrusted = desk.settings.open || isLoopback(peer.address)
  const tell = (lines: readonly string[]): void => {
    for (const text of packLines(
      lines.map((line) => serverHead + cleanText(line)),
      datagramBytes,
    ))
      peer.send(text)
  }
  /** Made for members alone: of others nothing is kept. */
  let made: Member | undefined
  const member = (): Member => (made ??= makeMember(desk, { tell, isEchoed: true, waitingMost, noticeEveryMs }))
  const forms = formNames('udp', desk.settings.room)
  let isEntering = false
  /** It comes in, and does not know yet that it was gone: what it sends is dropped. */
  let isUnaware = false
  const place = formatAddress(peer.address)
  let aliveMs = -Infinity

  async function enter(asked: string | undefined, isGreeted: boolean): Promise<void> {
    isEntering = true
    const bad = whyNot(asked)
    const nick = bad.length > 0 ? undefined : asked
    const view = await member().enter(nick)
    isEntering = false
    if (view === undefined || !isGreeted) return
    tell([...bad, ...greetingLines(desk, view, nick)])
  }

  function stranger(datagram: Buffer): void {
    const join = readJoin(datagram)
    if (join !== undefined) {
      if (!cookies.isRight(join.cookie, peer.address)) return count('badCookies')
      if (peer.open?.() !== true) return
      goneOf(desk).take(place)
      return void enter(join.nick, true)
    }
    if (!isTrusted || isSilent(datagram)) return count('unproved')
    if (peer.open?.() !== true) return
    const room = goneOf(desk).take(place)
    if (room !== undefined && !isJoinCommand(datagram)) return void comeBack(room)
    void enter(undefined, false)
    void member().take(datagram)
  }

  /** What was meant for the room in which it spoke is not said to those of the default one. */
  async function comeBack(room: string): Promise<void> {
    isUnaware = true
    await enter(undefined, false)
    isUnaware = false
    if (desk.me === undefined) return
    const now = `you are ${desk.me.nick} in ${desk.settings.room}`
    tell([`you were gone; nothing was said. Now ${now}: say it again, or /join ${room} first`])
  }

  function known(datagram: Buffer): void {
    if (isSilent(datagram)) return alive()
    if (isUnaware) return
    const join = readJoin(datagram)
    // `JOIN` and a word of the length of a cookie may be said; with a right one nothing is, whatever follows.
    if (join === undefined || !cookies.isRight(join.cookie, peer.address)) return void member().take(datagram)
    // It has not seen our answer to its first one.
    if (isEntering) return
    const bad = whyNot(join.nick)
    if (bad.length > 0) return tell(bad)
    if (join.nick !== undefined && join.nick !== desk.me?.nick)
      return void member().take(Buffer.from(`/nick ${join.nick}`))
    tell([`you are ${desk.me?.nick ?? ''} in ${desk.settings.room} already`])
  }

  function alive(): void {
    const nowMs = desk.clock.monotonicMs()
    if (desk.me === undefined || nowMs - aliveMs < aliveEveryMs) return
    aliveMs = nowMs
    void desk.ask('alive', {})
  }

  return {
    receive(message) {
      const hello = readHello(message)
      if (hello === 'long') {
        const cookie = cookies.of(peer.address)
        if (cookie === undefined) return
        count('hellos')
        peer.send(cookieDatagram(cookie))
        return
      }
      const datagram = withoutNewline(message)
      if (desk.me !== undefined || isEntering) known(datagram)
      else if (hello === 'short') count('unproved')
      else stranger(datagram)
    },
    hear(heard, shared) {
      const { hearing, ref } = heard
      const gist = gistOf(hearing, shared)
      const relation = relationOf(gist, desk.me?.id)
      if (relation === 'aimed') member().heard(heard)
      // Its other doings are told by their answers.
      if (relation === 'own' && ref !== undefined && (gist.event !== 'said' || !member().context.isEchoed)) return
      const { room } = desk.settings
      const bytes = shared.once(forms[relation], () => (mayBeLong(hearing) ? '' : bytesOf(hearing, relation, room)))
      if (bytes !== undefined) peer.send(bytes)
      else if (mayBeLong(hearing)) for (const part of cut(hearing, relation, room)) peer.send(part)
    },
    isBusy: () => made?.isBusy === true,
    closed({ kind }) {
      const room = desk.speaksIn
      // A lane that ends leaves its members to another.
      if (room !== undefined && kind !== 'drain' && !made?.hasQuit && roomKey(room) !== roomKey(desk.settings.room))
        goneOf(desk).add(place, room)
      made?.stop()
      made = undefined
    },
    connection(state) {
      if (desk.me !== undefined && state !== 'blink') tell([connectionLines[state]])
    },
  }
}

/** What members are told when the owner of the rooms is away, and when it is back. */
export const connectionLines = {
  lost: 'the rooms are restarting; a moment',
  back: 'the rooms are back; /history shows what you may have missed',
} as const

/** What is told about a nick that nobody can have. */
function whyNot(nick: string | undefined): string[] {
  const fault = nick === undefined ? undefined : checkNick(nick)
  return fault === undefined ? [] : [faultInWords({ ...fault, about: clipText(fault.about ?? '', longestNickBytes) })]
}

/** A sign of life, and nothing to be said. */
function isSilent(datagram: Buffer): boolean {
  return datagram.length === 0 || (datagram.length === 6 && datagram.toString('latin1') === '/alive')
}

function isJoinCommand(datagram: Buffer): boolean {
  const input = readInput(datagram.toString())
  return input.kind === 'command' && input.name === 'join'
}

function withoutNewline(datagram: Buffer): Buffer {
  let end = datagram.length
  if (end > 0 && datagram[end - 1] === 0x0a) end--
  if (end > 0 && datagram[end - 1] === 0x0d) end--
  return end === datagram.length ? datagram : datagram.subarray(0, end)
}

type Sendable = Parameters<Peer['send']>[0]

/** The datagram of what was heard; empty where members are not told. */
function bytesOf(hearing: Hearing, relation: Relation, room: string): Bytes {
  const line = lineOf(hearing, relation, room)
  return line === undefined ? '' : lineBytes(line)
}

/** In UTF-8 a unit of UTF-16 is three bytes at most, and nicks and names leave room for texts that are so short. */
const surelyShort = Math.floor((datagramBytes - 400) / 3)

function mayBeLong(hearing: Hearing): boolean {
  if (hearing.event === 'said') return hearing.text.length > surelyShort
  if (hearing.event === 'topic') return hearing.topic.length > surelyShort
  return 'reason' in hearing || hearing.event === 'mode' || hearing.event === 'wallops' || hearing.event === 'away'
}

/** Long ones are cut once for all members of the lane, as shared forms are one datagram each. */
const cuts = new WeakMap<Hearing, Map<string, readonly Sendable[]>>()

function cut(hearing: Hearing, relation: Relation, room: string): readonly Sendable[] {
  const known = cuts.get(hearing) ?? new Map<string, readonly Sendable[]>()
  cuts.set(hearing, known)
  const key = `${relation} ${room}`
  const line = known.has(key) ? undefined : lineOf(hearing, relation, room)
  const parts = known.get(key) ?? (line === undefined ? [] : cutLine(line, datagramBytes).map((part) => prepare(part)))
  known.set(key, parts)
  return parts
}
