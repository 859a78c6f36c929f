/** Many items through a pool: cut into chunks, run, and put together again. */
import { checkInteger } from '../../core/index.ts'
import { arrayOf } from '../codec/index.ts'
import { isThenable } from './call.ts'

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

/**
 * Results as they come; at most `lookAhead` chunks are taken from the input before their results are read. Who stops
 * reading aborts what is left, and closes the input.
 */
export async function* stream(
  runner: ChunkRunner,
  items: Iterable<unknown> | AsyncIterable<unknown>,
  options: StreamOptions,
): AsyncGenerator<unknown, void, undefined> {
  const flow = new Flow(runner, items, options)
  try {
    for (;;) {
      const results = await flow.next()
      if (results === undefined) return
      yield* results
    }
  } finally {
    runner.stop()
    await flow.close()
  }
}

/** A chunk on its way. */
interface Chunk {
  results?: readonly unknown[]
  problem?: { readonly error: unknown }
}

/** Takes chunks from the input by itself, as far as it may, so that a slow input does not hold up results. */
class Flow {
  readonly #runner: ChunkRunner
  readonly #input: Iterator<unknown> | AsyncIterator<unknown>
  readonly #options: StreamOptions
  /** Taken and not read: in the order of the input, or of their results. */
  readonly #chunks: Chunk[] = []
  /** Taken and not read. */
  #open = 0
  #taking = false
  #exhausted = false
  #closed = false
  #wake: () => void = () => {}

  constructor(runner: ChunkRunner, items: Iterable<unknown> | AsyncIterable<unknown>, options: StreamOptions) {
    this.#runner = runner
    this.#options = options
    this.#input = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]()
  }

  /** The results of the next chunk; undefined after the last. */
  async next(): Promise<readonly unknown[] | undefined> {
    for (;;) {
      void this.#take()
      const chunk = this.#chunks[0]
      if (chunk?.problem !== undefined) throw chunk.problem.error
      if (chunk?.results !== undefined) {
        this.#chunks.shift()
        this.#open -= 1
        void this.#take()
        return chunk.results
      }
      if (this.#exhausted && this.#open === 0) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Closes the input; one that is just being waited for is not waited for any longer. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#exhausted) return
    this.#exhausted = true
    const closing = this.#input.return?.()
    if (!this.#taking) await closing
    else Promise.resolve(closing).catch(() => {})
  }

  async #take(): Promise<void> {
    if (this.#taking) return
    this.#taking = true
    try {
      while (!this.#exhausted && this.#open < this.#options.lookAhead) await this.#takeChunk()
    } catch (error) {
      this.#exhausted = true
      this.#open += 1
      this.#chunks.push({ problem: { error } })
    }
    this.#taking = false
    this.#wake()
  }

  async #takeChunk(): Promise<void> {
    const items: unknown[] = []
    while (items.length < this.#options.chunkSize) {
      const step = this.#input.next()
      const { done, value } = isThenable(step) ? ((await step) as IteratorResult<unknown>) : step
      if (this.#closed) return
      if (done === true) {
        this.#exhausted = true
        break
      }
      items.push(isThenable(value) ? await value : value)
    }
    if (items.length > 0 && !this.#closed) this.#start(items)
  }

  #start(items: readonly unknown[]): void {
    const chunk: Chunk = {}
    this.#open += 1
    if (this.#options.ordered) this.#chunks.push(chunk)
    const settle = (settled: Chunk): void => {
      Object.assign(chunk, settled)
      if (!this.#options.ordered) this.#chunks.push(chunk)
      this.#wake()
    }
    this.#runner.run(items).then(
      (results) => settle({ results }),
      (error: unknown) => settle({ problem: { error } }),
    )
  }
}
