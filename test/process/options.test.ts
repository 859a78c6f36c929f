/** Options that nobody knows are refused wherever options are given; else a wait with a misspelt limit would never end. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  Barrier,
  BoundedSemaphore,
  Condition,
  Event,
  JoinableQueue,
  keepWarm,
  Lock,
  Manager,
  Pipe,
  Pool,
  Process,
  Program,
  Queue,
  RLock,
  Semaphore,
  SharedArray,
  SharedMemory,
  SimpleQueue,
  Supervisor,
  Value,
  wait,
} from '#lanework/process/index.js'
import { unlessNative } from '../support/sharing.ts'
import { add, double, where } from '../fixtures/pool-tasks.js'

/** As JavaScript calls it, whatever the types say. */
type Loose = Record<string, (...args: unknown[]) => unknown>

async function refused(what: string, action: () => unknown): Promise<string> {
  try {
    // One that waits for ever fails the test, as nothing else keeps this process running.
    await action()
  } catch (error) {
    assert.ok(isLaneworkError(error, 'OPTION_INVALID'), `${what}: ${String(error)}`)
    return error.message
  }
  return assert.fail(`${what} was taken`)
}

const loose = (thing: unknown): Loose => thing as Loose
// oxlint-disable-next-line typescript/no-explicit-any -- as JavaScript calls it
const anyOf = (thing: unknown): any => thing

const wrongWaits: readonly unknown[] = [
  50,
  '50',
  null,
  { timeout: 50 },
  { timeoutMs: '50' },
  { timeoutMs: Number.NaN },
  { signal: 'stop' },
  new AbortController().signal,
]

test('waits with options of no meaning are refused, and say which there are', async () => {
  const [end, other] = Pipe()
  const waits: Record<string, { readonly on: unknown; readonly before?: readonly unknown[] }> = {
    put: { on: new Queue(), before: [1] },
    putMany: { on: new Queue(), before: [[1]] },
    get: { on: new Queue() },
    getMany: { on: new Queue({ of: Float64Array }), before: [1] },
    join: { on: new JoinableQueue() },
    acquire: { on: new Lock() },
    with: { on: new RLock(), before: [() => {}] },
    wait: { on: new Event() },
    waitFor: { on: new Condition(), before: [() => true] },
    recv: { on: end },
    whenReadable: { on: end },
  }
  for (const on of [new RLock(), new Semaphore(), new BoundedSemaphore(), new SimpleQueue()])
    waits[`${on.constructor.name}: ${on instanceof SimpleQueue ? 'get' : 'acquire'}`] = { on }
  for (const on of [new Barrier(2), new Condition()]) waits[`${on.constructor.name}: wait`] = { on }
  for (const [name, { on, before = [] }] of Object.entries(waits)) {
    const method = name.split(': ').at(-1) as string
    for (const wrong of wrongWaits)
      await refused(`${name}(${JSON.stringify(wrong)})`, () => loose(on)[method]?.(...before, wrong))
    const message = await refused(name, () => loose(on)[method]?.(...before, { timeout: 50 }))
    assert.match(message, /options\.timeout must be one of timeoutMs.*\(did you mean timeoutMs\?\)/, name)
    loose(on).close?.()
  }
  other.close()
})

test('so are those of waits that block, which know no signal', { skip: unlessNative }, async () => {
  const waits: Record<string, readonly [on: unknown, ...before: unknown[]]> = {
    putSync: [new Queue(), 1],
    putManySync: [new Queue(), [1]],
    getSync: [new Queue()],
    getManySync: [new Queue(), 1],
    joinSync: [new JoinableQueue()],
    acquireSync: [new Lock()],
    waitSync: [new Event()],
    waitForSync: [new Condition(), () => true],
  }
  for (const [method, [on, ...before]] of Object.entries(waits)) {
    for (const wrong of [...wrongWaits, { signal: new AbortController().signal }])
      await refused(method, () => loose(on)[method]?.(...before, wrong))
    loose(on).close?.()
  }
})

test('so are those of an RLock that are no owner', async () => {
  using lock = new RLock()
  for (const method of ['acquire', 'tryAcquire', 'release']) {
    await refused(method, () => loose(lock)[method]?.({ tokn: {} }))
    await refused(method, () => loose(lock)[method]?.({ token: 'me' }))
  }
  assert.ok(!lock.locked())
})

test('what is made with options of no meaning is refused', async () => {
  const makes: readonly (() => unknown)[] = [
    () => new Queue(anyOf(2)),
    () => new Queue(anyOf({ maxsize: 2 })),
    () => new JoinableQueue(anyOf({ maxsize: 2 })),
    () => new Queue({}, anyOf({})),
    () => new SimpleQueue(anyOf({ capacity: 2 })),
    () => new Semaphore(1, anyOf({ reclaims: false })),
    () => new BoundedSemaphore(1, anyOf(2)),
    () => new Semaphore(1, {}, anyOf({ x: 1 })),
    () => new Barrier(2, anyOf({ timeout: 1 })),
    () => new Barrier(2, anyOf(5)),
    () => new Lock(anyOf({ x: 1 })),
    () => new RLock(anyOf({ x: 1 })),
    () => new Event(anyOf(true)),
    () => new Condition(anyOf({})),
    () => new Condition(anyOf(null)),
    () => new Condition(undefined, anyOf({})),
    () => Pipe(anyOf({ duplex: false })),
    () => SharedMemory.create(16, anyOf({ nam: 'x' })),
    () => SharedMemory.create(16, anyOf('x')),
    () => new SharedArray(Float64Array, 1, anyOf({})),
    () => new Value('f64', 0, anyOf({})),
    () => keepWarm(1, anyOf({ preloads: [] })),
    () => keepWarm(1, anyOf([double])),
    () => new Pool(anyOf(2)),
    () => new Pool(anyOf({ workers: 2 })),
    () => new Process(double, [2], anyOf(5)),
    () => new Process(double, [2], anyOf({ named: 'x' })),
    () => new Program(['true'], anyOf({ stdOut: 'pipe' })),
    () => new Program(['true'], anyOf('pipe')),
    () => new Supervisor(anyOf({ kids: [] })),
    () => Manager.start(anyOf({ nam: 'x' })),
  ]
  for (const make of makes) await refused(String(make), make)
})

test('tasks with options of no meaning are refused by a pool', async () => {
  await using pool = new Pool({ lanes: 1, laneKind: 'inline' })
  const calls: readonly (() => unknown)[] = [
    () => pool.run(double, [2], anyOf({ timeout: 100 })),
    () => pool.run(double, [2], anyOf(100)),
    () => pool.run(double, [2], anyOf({ chunkSize: 1 })),
    () => pool.map(double, [2], anyOf({ chunksize: 1 })),
    () => pool.map(double, [2], anyOf(1)),
    () => pool.map(double, [], anyOf({ lookAhead: 1 })),
    () => pool.starmap(double, [[2]], anyOf({ chunk: 1 })),
    () => pool.imap(double, [2], anyOf({ lookahead: 1 })),
    () => pool.imapUnordered(double, [2], anyOf({ size: 1 })),
  ]
  for (const call of calls) await refused(String(call), call)
  assert.match(
    await refused('run', () => pool.run(double, [2], anyOf({ timeout: 100 }))),
    /options\.timeout must be one of signal, timeoutMs, .*\(did you mean timeoutMs\?\); got "timeout"/,
  )
  assert.deepEqual(await pool.map(double, [2, 3], { chunkSize: 1, timeoutMs: 10_000, priority: 1 }), [4, 6])
  const streamed: number[] = []
  for await (const one of pool.imap(double, [2, 3], { chunkSize: 1, lookAhead: 1, timeoutMs: 10_000 }))
    streamed.push(one)
  assert.deepEqual(streamed, [4, 6])
  assert.equal(pool.metrics().rejected, 0)
})

test('times that are no numbers are refused', async () => {
  const child = await new Process(double, [2], { startMethod: 'thread' }).start()
  const program = await new Program(['true']).start()
  const [end, other] = Pipe()
  const calls: readonly (() => unknown)[] = [
    () => child.join(anyOf({ timeoutMs: 50 })),
    () => child.join(anyOf('50')),
    () => child.terminate(anyOf({ grace: 5 })),
    () => child.terminate(anyOf(5)),
    () => program.wait(anyOf(50)),
    () => program.wait(anyOf({ timeout: 50 })),
    () => program.terminate(anyOf({ grace: 5 })),
    () => wait([child], anyOf({ timeoutMs: 50 })),
    () => end.poll(anyOf({ timeoutMs: 50 })),
  ]
  for (const call of calls) await refused(String(call), call)
  end.close()
  other.close()
  await child.join()
  await program.wait()
})

test('names are texts of at most 255 bytes without NUL', async () => {
  for (const name of ['a\0b', 'x'.repeat(256), 'ä'.repeat(128), 'x'.repeat(200_000), anyOf(5)]) {
    const makes: readonly (() => unknown)[] = [
      () => new Process(double, [2], { name }),
      () => new Pool({ name }),
      () => new Program(['true'], { name }),
      () => Manager.start({ name }),
    ]
    for (const make of makes)
      assert.match(await refused(String(make), make), /name must be a text of at most 255 bytes/)
  }
  const child = await new Process(double, [2], { name: 'ä'.repeat(127) }).start()
  assert.equal(await child.result(), 4)
  await child.join()
})

test('arguments are a list, and are given to a task that needs some', async () => {
  await using pool = new Pool({ lanes: 1, laneKind: 'inline' })
  for (const wrong of [3, '3', null, { 0: 1 }, new Map()]) {
    assert.match(await refused('Process', () => new Process(add, anyOf(wrong))), /args must be an array/)
    await refused('run', () => pool.run(add, anyOf(wrong)))
  }
  // @ts-expect-error -- two arguments are missing
  assert.ok(new Process(add))
  // @ts-expect-error -- two arguments are missing, also with options
  assert.ok(new Process(add, undefined, { name: 'adder' }))
  // @ts-expect-error -- one argument is missing
  assert.ok(new Process(add, [1]))
  assert.ok(new Process(where))
  assert.ok(new Process(where, undefined, { name: 'somewhere' }))
  assert.ok(new Process(where, []))
})

test('a command line is no list of a program and its arguments', async () => {
  for (const wrong of ['ls -la', null, undefined, { 0: 'ls' }, [], [''], ['ls', 5]])
    assert.match(await refused(String(wrong), () => new Program(anyOf(wrong))), /argv/)
})
