/** The dispatcher driven by random events on lanes that do nothing: each task settles once, and runs once where it began once. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { diagnose, type Death } from '#lanework/process/death.js'
import { Dispatcher } from '#lanework/process/pool/dispatcher.js'
import { Entry } from '#lanework/process/pool/entry.js'
import type { Lane, LaneEvents } from '#lanework/process/pool/lane.js'
import type { LaneState, LaneStatus } from '#lanework/process/pool/types.js'
import { edf, fairShare, fcfs, lottery, priority, sjf, type Policy } from '#lanework/schedule/index.js'
import { turns } from '../../support/until.ts'

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const killed: Death = diagnose({
  code: undefined,
  signal: 'SIGKILL',
  asked: false,
  hung: false,
  error: undefined,
  stderr: '',
  oomKills: undefined,
})

class PretendedLane implements Lane {
  readonly entries = new Map<number, Entry>()
  readonly startError = undefined
  readonly begun = new Set<number>()
  state: LaneState = 'starting'
  aborted: Entry[] = []
  readonly #number: number
  readonly #events: LaneEvents
  readonly #ledger: Map<Entry, number>
  #next = 0
  #tasks = 0

  constructor(number: number, events: LaneEvents, ledger: Map<Entry, number>) {
    this.#number = number
    this.#events = events
    this.#ledger = ledger
  }

  get status(): LaneStatus {
    const { state, entries } = this
    return {
      name: `L-${this.#number}`,
      kind: 'process',
      pid: this.#number,
      state,
      tasks: this.#tasks,
      inFlight: entries.size,
    }
  }

  get hasRoom(): boolean {
    return this.state === 'ready' && this.entries.size < 4
  }

  give(entry: Entry): void {
    assert.ok(this.hasRoom)
    if (entry.args[0] === 'unserialisable') throw new Error('cannot be sent')
    entry.id = ++this.#next
    this.entries.set(entry.id, entry)
  }

  takeBack(entry: Entry): boolean {
    if (this.begun.has(entry.id)) return false
    this.entries.delete(entry.id)
    this.#endIfDrained()
    return true
  }

  hasBegun(entry: Entry): boolean {
    return this.begun.has(entry.id)
  }

  runningMs(): number {
    return 0
  }

  abort(entry: Entry): void {
    this.aborted.push(entry)
  }

  flush(): void {}
  rssBytes(): undefined {}

  drain(): void {
    if (this.state === 'dead') return
    this.state = 'draining'
    this.#endIfDrained()
  }

  kill(): void {
    this.die()
  }

  // What chance does to it.

  becomeReady(): void {
    if (this.state !== 'starting') return
    this.state = 'ready'
    this.#events.ready(this)
  }

  /** Its first task begins. */
  beginNext(): void {
    const entry = this.entries.values().next().value
    if (entry === undefined || this.begun.has(entry.id) || this.state === 'dead') return
    this.begun.add(entry.id)
    this.#ledger.set(entry, (this.#ledger.get(entry) ?? 0) + 1)
  }

  /** Its first task, if it began, is done. */
  finishNext(fails: boolean): void {
    const entry = this.entries.values().next().value
    if (entry === undefined || !this.begun.has(entry.id) || this.state === 'dead') return
    this.entries.delete(entry.id)
    this.#tasks += 1
    this.#events.done(this, entry, 5, fails ? { error: new Error('it failed') } : { value: entry.args[0] })
    this.#endIfDrained()
  }

  die(): void {
    if (this.state === 'dead') return
    this.state = 'dead'
    this.#events.ended(this, killed)
  }

  #endIfDrained(): void {
    if (this.state !== 'draining' || this.entries.size > 0) return
    // As in life, the end is heard of later.
    setImmediate(() => this.die())
  }
}

interface Submitted {
  readonly entry: Entry
  readonly stop: AbortController
  settled: number
  value: unknown
}

const policies: (() => Policy<Entry>)[] = [
  () => fcfs(),
  () => sjf(),
  () => priority({ ageing: 0.1 }),
  () => fairShare({ by: 'key' }),
  () => lottery(),
  () => edf(),
]

async function run(seed: number): Promise<void> {
  const random = randomFrom(seed)
  const pick = <Item>(items: readonly Item[]): Item | undefined => items[Math.floor(random() * items.length)]
  const begun = new Map<Entry, number>()
  const lanes: PretendedLane[] = []
  const dispatcher = new Dispatcher({
    policy: (pick(policies) ?? fcfs)(),
    pending: 30,
    graceMs: 0,
    lanes: 3,
    recycle: random() < 0.5 ? { tasks: 1 + Math.floor(random() * 5) } : {},
    makeLane(number, events) {
      const lane = new PretendedLane(number, events, begun)
      lanes.push(lane)
      return lane
    },
  })
  const all: Submitted[] = []
  const submit = (): void => {
    const stop = new AbortController()
    const address = { url: 'file:///t.js', name: random() < 0.5 ? 'one' : 'two' }
    const settle = (value: unknown): void => {
      submitted.settled += 1
      submitted.value = value
    }
    const value = random() < 0.05 ? 'unserialisable' : all.length
    const how = { resolve: settle, reject: settle }
    const entry = new Entry(address, [value], 0, how, performance.now(), { meanUs: undefined }, {})
    const submitted: Submitted = { entry, stop, settled: 0, value: undefined }
    entry.onWorkerLost = random() < 0.5 ? 'retry' : 'reject'
    entry.attempts = 2
    entry.signal = stop.signal
    if (random() < 0.05) stop.abort()
    all.push(submitted)
    dispatcher.submit(entry)
  }
  const living = (): PretendedLane[] => lanes.filter(({ state }) => state !== 'dead')
  const events: (() => void)[] = [
    submit,
    submit,
    submit,
    () => pick(living())?.becomeReady(),
    () => pick(living())?.beginNext(),
    () => pick(living())?.beginNext(),
    () => pick(living())?.finishNext(random() < 0.1),
    () => pick(living())?.finishNext(random() < 0.1),
    () => random() < 0.3 && pick(living().filter(({ state }) => state !== 'starting'))?.die(),
    () => random() < 0.3 && pick(all)?.stop.abort(),
  ]
  for (let step = 0; step < 400; step++) {
    pick(events)?.()
    if (random() < 0.2) await turns(1)
    const { submitted, fulfilled, rejected, waiting, inFlight } = sums(dispatcher)
    assert.equal(submitted, fulfilled + rejected + waiting + inFlight)
  }
  const idle = dispatcher.idle()
  for (let round = 0; round < 5000 && dispatcher.open > 0; round++) {
    for (const lane of living()) {
      lane.becomeReady()
      lane.beginNext()
      lane.finishNext(false)
    }
    await turns(1)
  }
  assert.equal(dispatcher.open, 0, 'tasks are left')
  await idle
  for (const { entry, settled, value } of all) {
    assert.equal(settled, 1, `task ${String(entry.args[0])} settled ${settled} times`)
    if (typeof value === 'number') assert.equal(value, entry.args[0])
    const times = begun.get(entry) ?? 0
    assert.ok(times <= (entry.onWorkerLost === 'retry' ? entry.attempts : 1), `it began ${times} times`)
    if (typeof value === 'number') assert.ok(times >= 1)
  }
  const closing = dispatcher.laneSet.close()
  for (const lane of living()) lane.becomeReady()
  await closing
  dispatcher.dispose()
}

function sums(dispatcher: Dispatcher): Record<'submitted' | 'fulfilled' | 'rejected' | 'waiting' | 'inFlight', number> {
  const { measures, waiting, open } = dispatcher
  const { submitted, fulfilled, rejected } = measures
  return { submitted, fulfilled, rejected, waiting, inFlight: open - waiting }
}

describe('the dispatcher', () => {
  it('settles each task exactly once, whatever happens in whatever order', async () => {
    const first = Number(process.env['LANEWORK_SEED'] ?? 1)
    for (let seed = first; seed < first + 150; seed++) {
      await run(seed).catch((error: unknown) => {
        throw new Error(`with LANEWORK_SEED=${seed}: ${(error as Error).message}`, { cause: error })
      })
    }
  })
})
