/** Many items through a pool: cut into chunks, run, and put together again. */
import { checkInteger } from '../../core/index.ts'
import { arrayOf } from '../codec/index.ts'

/** Runs one chunk of items and gives their results. */
export interface ChunkRunner {
  run(chunk: readonly unknown[]): Promise<unknown[]>
  /** Aborts every chunk that is not done. */
  stop(): void
}

/** Chunks that each lane gets, unless the caller says how large they are: enough to even out slow ones. */
const chunksPerLane = 4

/** The results of all items, in their order; the first error aborts the rest. */
export async function gather(
  runner: ChunkRunner,
  items: readonly unknown[],
  chunkSize: number | undefined,
  lanes: number,
): Promise<unknown[]> {
  if (items.length === 0) return []
  const size = checkInteger('chunkSize', chunkSize ?? Math.ceil(items.length / (lanes * chunksPerLane)), 1, 2 ** 31 - 1)
  const results = arrayOf<unknown>(items.length)
  const chunks: Promise<void>[] = []
  for (let start = 0; start < items.length; start += size) {
    const chunk = runner.run(items.slice(start, start + size))
    chunks.push(chunk.then((values) => copyTo(results, start, values)))
  }
  try {
    await Promise.all(chunks)
    return results
  } catch (error) {
    runner.stop()
    throw error
  }
}

function copyTo(results: unknown[], start: number, values: readonly unknown[]): void {
  for (let index = 0; index < values.length; index++) results[start + index] = values[index]
}

export interface StreamOptions {
  readonly chunkSize: number
  readonly lookAhead: number
  readonly ordered: boolean
}

/** Results as they come; at most `lookAhead` chunks are on their way. Who stops reading aborts what is left. */
export async function* stream(
  runner: ChunkRunner,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  { chunkSize, lookAhead, ordered }: StreamOptions,
): AsyncGenerator<unknown, void, undefined> {
  const chunks = chunksOf(items, chunkSize)
  const running = new Set<Promise<Done>>()
  let exhausted = false
  try {
    while (!exhausted || running.size > 0) {
      while (!exhausted && running.size < lookAhead) {
        const next = await chunks.next()
        if (next.done === true) exhausted = true
        else running.add(follow(runner.run(next.value)))
      }
      const first = ordered ? firstOf(running) : Promise.race(running)
      if (running.size === 0) continue
      const done = await (first as Promise<Done>)
      running.delete(done.self())
      if ('error' in done) throw done.error
      yield* done.results
    }
  } finally {
    runner.stop()
    await chunks.return(undefined)
  }
}

interface Done {
  /** The promise that gave this. */
  self(): Promise<Done>
  readonly results: unknown[]
  readonly error?: unknown
}

/** Never rejects, so that nobody has to listen to chunks that are not read any more. */
function follow(chunk: Promise<unknown[]>): Promise<Done> {
  const self = (): Promise<Done> => promise
  const promise: Promise<Done> = chunk.then(
    (results) => ({ self, results }),
    (error: unknown) => ({ self, results: [], error }),
  )
  return promise
}

function firstOf<Value>(values: ReadonlySet<Value>): Value | undefined {
  return values.values().next().value
}

async function* chunksOf(
  items: Iterable<unknown> | AsyncIterable<unknown>,
  size: number,
): AsyncGenerator<unknown[], void, undefined> {
  let chunk: unknown[] = []
  for await (const item of items) {
    chunk.push(item)
    if (chunk.length < size) continue
    yield chunk
    chunk = []
  }
  if (chunk.length > 0) yield chunk
}
