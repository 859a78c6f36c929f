/**
 * Members do anything in any order, and after every step: a slow simple model agrees on who may come in and speak; both sides of every
 * membership, nicks, ranks and counts are right; a lane that knows only what it hears knows the same; ids increase; nobody hears what is not
 * for it; and an owner restarted from records and snapshots is the same.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { asMask } from '#lanework/services/chat/text/mask.js'
import type { ModeChange } from '#lanework/services/chat/types.js'
import { Kit } from './room-kit.ts'
import { Model, type Person } from './model.ts'

const nicks = ['ann', 'bob', 'cyd', 'dan', 'eve', 'fay']
/** What looks like one of them, and one that is none. */
const badNicks = ['ANN', 'b0b', 'c\u0443d', 'chanserv', '1x']
const rooms = ['#a', '#a', '#b', '#lobby', '#c']
const changes: fc.Arbitrary<ModeChange> = fc.oneof(
  fc.record({
    mode: fc.constantFrom('moderated', 'inviteOnly', 'topicLocked', 'noOutside', 'secret'),
    on: fc.boolean(),
  }),
  fc.record({ mode: fc.constant('key'), on: fc.boolean(), value: fc.constantFrom('k1', 'k2') }),
  fc.record({ mode: fc.constant('limit'), on: fc.boolean(), value: fc.constantFrom('1', '2', '3', 'x') }),
  fc.record({
    mode: fc.constantFrom('ban', 'except', 'invited', 'mute'),
    on: fc.boolean(),
    value: fc.constantFrom('bob', 'c*', '*', 'account:x', 'account:*', 'a b'),
  }),
  fc.record({ mode: fc.constantFrom('operator', 'voice'), on: fc.boolean(), value: fc.constantFrom(...nicks) }),
) as fc.Arbitrary<ModeChange>

const who = fc.nat(5)
const room = fc.constantFrom(...rooms)
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('enter'),
      nick: fc.constantFrom(...nicks, ...badNicks),
      account: fc.constantFrom(undefined, 'x', 'y'),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({ do: fc.constant('join'), who, room, key: fc.constantFrom(undefined, 'k1', 'k2') }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('say'), who, room }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('mode'), who, room, changes: fc.array(changes, { maxLength: 4 }) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tell'), who, nick: fc.constantFrom(...nicks) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('nick'), who, nick: fc.constantFrom(...nicks, ...badNicks) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('part'), who, room }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('kick'), who, room, nick: fc.constantFrom(...nicks) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('invite'), who, room, nick: fc.constantFrom(...nicks) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('topic'), who, room }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('account'), who, account: fc.constantFrom(undefined, 'x', 'y') }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('operator'), who, on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('quit'), who }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('kill'), who, nick: fc.constantFrom(...nicks) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose'), who, returns: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock'), byMs: fc.integer({ min: -5_000, max: 5_000 }) }) },
) as fc.Arbitrary<Step>

interface Step {
  readonly do: string
  readonly who: number
  readonly room: string
  readonly nick: string
  readonly key: string | undefined
  readonly account: string | undefined
  readonly changes: readonly ModeChange[]
  readonly on: boolean
  readonly returns: boolean
  readonly byMs: number
}

const more = { rooms: 100, roomsPerMember: 3 }

class Run {
  kit = new Kit(more)
  readonly model = new Model(more.roomsPerMember)
  readonly secrets = new Map<string, string>()
  lastId = ''

  step(one: Step): void {
    const person = this.actor(one)
    this.kit.quiet()
    if (one.do === 'enter') this.enter(one)
    else if (one.do === 'restart') this.restart()
    else if (one.do === 'clock') this.kit.nowMs += one.byMs
    else if (person !== undefined) this.act(person, one)
    this.check()
  }

  /** Who does it: mostly somebody who may, where that takes an operator of the room. */
  actor(one: Step): Person | undefined {
    const { people } = this.model
    const operators = this.model.place(one.room)?.people.filter(({ operator }) => operator) ?? []
    const needsOne = one.do === 'mode' || one.do === 'invite' || one.do === 'kick'
    if (needsOne && one.who > 0 && operators.length > 0) return operators[one.who % operators.length]?.who
    return people[one.who % Math.max(1, people.length)]
  }

  enter({ nick, account }: Step): void {
    const ask = this.kit.asking(nick, account === undefined ? {} : { account })
    const { answer } = this.kit.do(undefined, 'enter', ask)
    const isFree = nicks.includes(nick) && this.model.person(nick) === undefined
    if (badNicks.includes(nick)) return this.refusedBad(nick, answer)
    assert.equal('ok' in answer, isFree, nick)
    if ('fault' in answer) return void assert.equal(answer.fault.code, 'nick-taken')
    this.secrets.set(answer.ok.me.id, answer.ok.secret)
    this.model.people.push({ id: answer.ok.me.id, nick, account, isServerOperator: false })
  }

  /** A nick that none of ours may have: taken or confusable when its like is there, and else let in, and out again. */
  refusedBad(nick: string, answer: ReturnType<Kit['rooms']['apply']>['answer']): void {
    const like = { ANN: 'ann', b0b: 'bob', 'c\u0443d': 'cyd' }[nick]
    const isThere = like !== undefined && this.model.person(like) !== undefined
    if ('ok' in answer) {
      assert.ok(!isThere, `${nick} beside ${like}`)
      this.kit.ok((answer.ok as { me: { id: string } }).me.id, 'quit', { reason: '' })
    } else assert.equal(answer.fault.code, isThere ? (nick === 'ANN' ? 'nick-taken' : 'nick-confusable') : 'nick-bad')
  }

  act(person: Person, one: Step): void {
    const { kit, model } = this
    const { id } = person
    const place = model.place(one.room)
    const target = one.nick === undefined ? undefined : model.person(one.nick)
    if (one.do === 'join') {
      const expected = model.joining(person, one.room, one.key)
      const ask = { room: one.room, ...(one.key !== undefined && { key: one.key }) }
      assert.equal(kit.fault(id, 'join', ask), expected)
      if (expected === undefined) model.join(person, one.room)
    } else if (one.do === 'say') this.say(person, one.room)
    else if (one.do === 'tell') {
      const fault = kit.fault(id, 'say', { to: one.nick, kind: 'message', text: 'x' })
      assert.equal(fault, target === undefined ? 'no-such-nick' : undefined)
      if (target !== undefined) this.hears([person, target], 'said')
    } else if (one.do === 'mode') {
      const { answer } = kit.do(id, 'mode', { room: one.room, changes: one.changes })
      const may = place !== undefined && model.moderates(place, person)
      assert.equal('ok' in answer, may)
      if ('ok' in answer) for (const change of answer.ok.applied) model.change(place as never, change)
      if (may)
        for (const { mode, value } of one.changes) if (value === 'a b') assert.equal(asMask(value), undefined, mode)
    } else if (one.do === 'nick') this.rename(person, one.nick)
    else if (one.do === 'part') {
      const isIn = model.inside(place, person) !== undefined
      assert.equal(kit.fault(id, 'part', { room: one.room }) === undefined, isIn)
      if (isIn) model.leave(person, one.room)
    } else if (one.do === 'kick') {
      const may =
        place !== undefined &&
        model.moderates(place, person) &&
        target !== undefined &&
        model.inside(place, target) !== undefined
      assert.equal(kit.fault(id, 'kick', { room: one.room, nick: one.nick }) === undefined, may)
      if (may) model.leave(target, one.room)
    } else if (one.do === 'invite') this.invite(person, one, target)
    else if (one.do === 'topic') {
      const isIn = place !== undefined && (model.inside(place, person) !== undefined || person.isServerOperator)
      const may = isIn && (!place.flags.includes('topicLocked') || model.moderates(place, person))
      assert.equal(kit.fault(id, 'topic', { room: one.room, topic: 'x' }) === undefined, may)
    } else if (one.do === 'account') {
      const keeps = model.keepsAccount(person, one.account)
      if (one.account === undefined) assert.equal(kit.fault(id, 'logout', {}), keeps ? 'banned' : undefined)
      else kit.deliver(kit.rooms.authenticated(id, one.account, kit.nowMs).heard)
      if (!keeps) person.account = one.account
    } else if (one.do === 'operator') {
      if (one.on) kit.ok(id, 'operator', { name: '', password: '' })
      else kit.ok(id, 'ownMode', { operator: false })
      person.isServerOperator = one.on
    } else if (one.do === 'quit') {
      kit.ok(id, 'quit', { reason: '' })
      model.quit(person)
    } else if (one.do === 'kill') {
      const may = person.isServerOperator && target !== undefined
      assert.equal(kit.fault(id, 'kill', { nick: one.nick, reason: '' }) === undefined, may)
      if (may) model.quit(target)
    } else if (one.do === 'lose') this.lose(person, one.returns)
    else assert.fail(one.do)
  }

  say(person: Person, name: string): void {
    const { kit, model } = this
    const expected = model.speaking(person, name)
    const { answer, stored } = kit.do(person.id, 'say', { to: name, kind: 'message', text: 'x' })
    assert.equal('fault' in answer ? answer.fault.code : undefined, expected)
    if ('fault' in answer) return
    assert.ok(answer.ok.id > this.lastId, 'ids increase')
    this.lastId = answer.ok.id
    assert.equal(stored.length, 1)
    this.hears(model.place(name)?.people.map(({ who: each }) => each) ?? [], 'said')
  }

  /** These heard it once, and nobody else anything. */
  hears(people: readonly Person[], event: string): void {
    const ids = new Set(people.map(({ id }) => id))
    for (const { id } of this.model.people) assert.deepEqual(this.kit.eventsOf(id), ids.has(id) ? [event] : [])
  }

  rename(person: Person, nick: string): void {
    const holder = this.model.person(nick)
    const isSilenced = this.model.keepsNick(person)
    const fault = this.kit.fault(person.id, 'nick', { nick })
    if (badNicks.includes(nick)) {
      if (fault !== undefined) return
      return void this.kit.ok(person.id, 'nick', { nick: person.nick })
    }
    assert.equal(fault, holder !== undefined && holder !== person ? 'nick-taken' : isSilenced ? 'banned' : undefined)
    if (fault === undefined) person.nick = nick
  }

  invite(person: Person, one: Step, target: Person | undefined): void {
    const { kit, model } = this
    const place = model.place(one.room)
    const isIn = place !== undefined && (model.inside(place, person) !== undefined || person.isServerOperator)
    const opens = isIn && model.moderates(place, person)
    const may =
      isIn && (opens || !place.flags.includes('inviteOnly')) && target !== undefined && !model.inside(place, target)
    assert.equal(kit.fault(person.id, 'invite', { room: one.room, nick: one.nick }) === undefined, may)
    if (may && opens) model.invite(target, place)
  }

  lose(person: Person, returns: boolean): void {
    const { kit, model } = this
    kit.deliver(kit.rooms.lost(person.id, 'gone', kit.nowMs, 1_000).heard)
    this.hears([], 'nothing')
    kit.nowMs += returns ? 999 : 1_000
    kit.deliver(kit.rooms.expire(kit.nowMs).heard)
    if (!returns) return model.quit(person)
    const entered = kit.ok(undefined, 'enter', kit.asking(undefined, { resume: this.secrets.get(person.id) as string }))
    assert.equal(entered.me.id, person.id)
  }

  restart(): void {
    const { rooms: former, nowMs, lane, inbox } = this.kit
    const next = new Kit(more)
    next.nowMs = nowMs
    for (const { name } of this.model.places)
      next.rooms.restoreRoom(JSON.parse(JSON.stringify(former.recordOf(name))) as never)
    for (const { id } of this.model.people) {
      const snapshot = JSON.parse(JSON.stringify(former.snapshotOf(id))) as never
      assert.deepEqual(next.rooms.restoreMember(snapshot, nowMs), former.member(id))
      assert.deepEqual(next.rooms.snapshotOf(id), former.snapshotOf(id))
    }
    for (const { name } of this.model.places) assert.deepEqual(next.rooms.recordOf(name), former.recordOf(name))
    next.rooms.continueAfter(this.lastId)
    this.kit = Object.assign(next, { lane, inbox })
  }

  /** What the model, the rooms and the lane each believe. */
  check(): void {
    const { kit, model } = this
    for (const place of model.places) {
      const ids = place.people.map(({ who: each }) => each.id).sort()
      assert.deepEqual([...(kit.lane.rooms.get(place.name) ?? [])].sort(), ids, `${place.name} by the lane`)
      for (const { id } of model.people) {
        const view = kit.ok(id, 'names', { room: place.name })
        const sees = model.sees(place, model.people.find((person) => person.id === id) as Person)
        assert.deepEqual(view?.members.map((member) => member.id).sort(), sees ? ids : undefined, place.name)
      }
    }
    for (const person of model.people) {
      assert.equal(kit.rooms.memberIdOfNick(person.nick.toUpperCase()), person.id)
      const { member, rooms: there } = kit.ok(person.id, 'whois', { nick: person.nick })
      assert.deepEqual(
        [member.nick, member.account, member.isOperator],
        [person.nick, person.account, person.isServerOperator],
      )
      const expected = model.places.flatMap(({ name, people }) => {
        const own = people.find(({ who: each }) => each === person)
        if (own === undefined) return []
        return [{ room: name, ranks: [...(own.operator ? ['operator'] : []), ...(own.voice ? ['voice'] : [])] }]
      })
      const byName = (one: { room: string }, other: { room: string }): number => (one.room < other.room ? -1 : 1)
      assert.deepEqual([...there].sort(byName), expected.sort(byName))
    }
    const [first] = model.people
    if (first === undefined) return
    const { members, rooms: count, operators } = kit.ok(first.id, 'counts', {})
    const expectedOperators = model.people.filter(({ isServerOperator }) => isServerOperator).length
    assert.deepEqual([members, count, operators], [model.people.length, model.places.length, expectedOperators])
  }
}

describe('rooms, whatever their members do', () => {
  it('are as a simple model of them says', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 100, size: 'max' }), (steps) => {
        const run = new Run()
        for (const nick of nicks.slice(0, 4)) run.step({ do: 'enter', nick } as Step)
        for (const each of ['#a', '#b']) run.step({ do: 'join', who: 0, room: each } as Step)
        for (const one of steps) run.step(one)
      }),
      { numRuns: 150 },
    )
  })
})
