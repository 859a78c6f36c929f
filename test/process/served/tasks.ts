/** What the processes and threads of these tests do with the handles they are given. */
import {
  task,
  type Barrier,
  type Condition,
  type Connection,
  type Event,
  type JoinableQueue,
  type Lock,
  type Queue,
  type RLock,
  type Semaphore,
} from '#lanework/process/index.js'

function forever(): Promise<never> {
  return new Promise(() => setInterval(() => {}, 1_000))
}

export const putNumbers = task(
  import.meta,
  'putNumbers',
  async (queue: Queue<unknown>, from: number, count: number) => {
    const puts: Promise<void>[] = []
    for (let index = 0; index < count; index++) puts.push(queue.put(from + index))
    await Promise.all(puts)
    return puts.length
  },
)

export const putBatches = task(
  import.meta,
  'putBatches',
  async (queue: Queue<number>, from: number, count: number, most: number) => {
    for (let index = 0; index < count; index += most)
      await queue.putMany(Array.from({ length: Math.min(most, count - index) }, (_, at) => from + index + at))
  },
)

export const getAll = task(import.meta, 'getAll', async (queue: Queue<number>, most: number) => {
  const got: number[] = []
  try {
    for (;;) got.push(...(most === 1 ? [await queue.get()] : await queue.getMany(most)))
  } catch (error) {
    if ((error as { code?: string }).code !== 'CLOSED') throw error
  }
  return got
})

/** Says how it ends, by its code. */
export const iterate = task(import.meta, 'iterate', async (queue: Queue<number>, ready: Queue<string>) => {
  await ready.put('ready')
  try {
    for await (const _ of queue) continue
    return 'ended'
  } catch (error) {
    return (error as { code: string }).code
  }
})

export const work = task(import.meta, 'work', async (queue: JoinableQueue<number>) => {
  let done = 0
  for await (const _ of queue) {
    done++
    queue.taskDone()
  }
  return done
})

/** Gets nothing, for ever, with a get that waits. */
export const waitForItem = task(import.meta, 'waitForItem', async (queue: Queue<number>, ready: Queue<string>) => {
  const waiting = queue.get()
  await ready.put('waiting')
  return await waiting
})

/** Puts more than fits, so that its put waits. */
export const waitForRoom = task(
  import.meta,
  'waitForRoom',
  async (queue: Queue<string>, ready: Queue<string>, alive: Lock) => {
    await alive.acquire()
    const waiting = queue.put('from the killed one')
    await ready.put('waiting')
    await waiting
  },
)

export const hold = task(
  import.meta,
  'hold',
  async (lock: Lock | RLock | Semaphore, said: Queue<unknown>): Promise<void> => {
    const held = await lock.acquire()
    await said.put(held.ownerDied)
    await forever()
  },
)

export const queueUp = task(import.meta, 'queueUp', async (lock: Lock, said: Queue<unknown>): Promise<void> => {
  const waiting = lock.acquire()
  await said.put('waiting')
  const held = await waiting
  await said.put(held.ownerDied)
  await forever()
})

/** Counts in a queue of one number, which only a lock protects. */
export const countUp = task(import.meta, 'countUp', async (lock: Lock, counter: Queue<number>, rounds: number) => {
  for (let round = 0; round < rounds; round++) {
    await lock.with(async () => {
      const count = await counter.get()
      await counter.put(count + 1)
    })
  }
})

export const waitEvent = task(import.meta, 'waitEvent', async (event: Event, said: Queue<unknown>) => {
  const waiting = event.wait()
  await said.put('waiting')
  await waiting
  return 'done'
})

/** Works until the flag is up, without waiting for it. */
export const watchEvent = task(import.meta, 'watchEvent', async (event: Event, said: Queue<unknown>) => {
  await said.put(event.isSet)
  let turns = 0
  for (; !event.isSet; turns++) await new Promise((resolve) => setTimeout(resolve, 1))
  return turns >= 0
})

export const setEvent = task(import.meta, 'setEvent', (event: Event) => {
  event.set()
})

export const pass = task(import.meta, 'pass', async (barrier: Barrier, said: Queue<unknown>) => {
  const waiting = barrier.wait()
  waiting.catch(() => {})
  await said.put('waiting')
  return await waiting
})

export const passRounds = task(import.meta, 'passRounds', async (barrier: Barrier, rounds: number) => {
  for (let round = 0; round < rounds; round++) await barrier.wait()
})

export const consume = task(
  import.meta,
  'consume',
  async (condition: Condition, stock: Queue<number>, count: number): Promise<number[]> => {
    const got: number[] = []
    while (got.length < count) {
      await condition.lock.with(async () => {
        while (stock.empty()) await condition.wait()
        got.push(await stock.get())
        condition.notifyAll()
      })
    }
    return got
  },
)

export const waitCondition = task(import.meta, 'waitCondition', async (condition: Condition, said: Queue<unknown>) => {
  await condition.lock.with(async () => {
    const waiting = condition.wait()
    await said.put('waiting')
    await waiting
    await said.put('notified')
  })
})

export const notifyThree = task(import.meta, 'notifyThree', (condition: Condition) =>
  condition.lock.with(() => [condition.notify(2), condition.notify(2)]),
)

export const echo = task(import.meta, 'echo', async (end: Connection<unknown>) => {
  for await (const value of end) await end.send(value)
  end.close()
})

export const codeOf = task(import.meta, 'codeOf', (object: Queue<unknown> | Lock, method: string): string => {
  try {
    ;(object as unknown as Record<string, () => void>)[method]?.()
    return 'none'
  } catch (error) {
    return (error as { code: string }).code
  }
})

/** Makes a queue of its own, gives it to its parent, and goes on. */
export const serveOwn = task(import.meta, 'serveOwn', async (handover: Connection<unknown>) => {
  const { Lock: LockClass, Queue: QueueClass } = await import('#lanework/process/index.js')
  const lock = new LockClass()
  await lock.acquire()
  await handover.send([new QueueClass<number>({ capacity: 1 }), lock])
  await forever()
})
