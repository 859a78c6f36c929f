/** A program's standard streams at the owner: through pipes of the kernel with the addon, else through the keeper. */
import { Readable, Writable } from 'node:stream'

import { fail } from '../../core/index.ts'
import { loadNative, type Native } from '../../native/index.ts'
import type { Keeper } from './keeper.ts'
import { openPipe, PipeReader, PipeWriter } from './pipes.ts'
import { Tail } from './tail.ts'
import type { ProgramPlan } from './types.ts'

const names = ['stdin', 'stdout', 'stderr'] as const

/** The owner's ends, and what must be sent to the keeper for the program's. */
export class OwnerStreams {
  readonly stderrTail: Tail = new Tail()
  stdin: Writable | undefined
  stdout: Readable | undefined
  stderr: Readable | undefined
  /** In the order of the streams; those of `passed` that we made are closed after the start. */
  readonly passed: number[] = []
  readonly #theirs: number[] = []
  readonly #native: Native | undefined = loadNative()
  readonly #plan: Pick<ProgramPlan, 'streams' | 'name' | 'affinity'>

  /** Throws UNSUPPORTED for what a keeper that was reconnected to, or one without the addon, cannot do. */
  constructor(plan: Pick<ProgramPlan, 'streams' | 'name' | 'affinity'>, keeper: Keeper) {
    this.#plan = plan
    const native = this.#native
    if (native === undefined) return
    const isPassed = plan.streams.some(({ kind }) => kind === 'pipe' || kind === 'inherit')
    if (isPassed && !keeper.takesDescriptors) {
      const reason = 'this process did not start the keeper; use files, or ignore'
      throw fail('UNSUPPORTED', { feature: `pipe or inherit for ${plan.name}`, reason })
    }
    try {
      plan.streams.forEach(({ kind }, index) => {
        if (kind === 'inherit') this.passed.push(index)
        else if (kind === 'pipe') this.#openPipe(native, index)
      })
    } catch (error) {
      this.drop()
      throw error
    }
  }

  /** The program has its ends now. */
  started(keeper: Keeper, id: number): void {
    if (this.#native !== undefined) return this.#closeTheirs()
    this.#plan.streams.forEach(({ kind }, index) => {
      if (kind !== 'pipe') return
      if (index === 0) this.stdin = inputThrough(keeper, id)
      else this.#setOutput(index, outputThrough(keeper, id, index === 1 ? 'stdout' : 'stderr', this.#tapOf(index)))
    })
  }

  /** The program did not start. */
  drop(): void {
    this.#closeTheirs()
    for (const name of names) this[name]?.destroy()
  }

  ref(yes: boolean): void {
    for (const stream of [this.stdout, this.stderr]) if (stream instanceof PipeReader) stream.ref(yes)
  }

  #openPipe(native: Native, index: number): void {
    const [ours, theirs] = openPipe(native, index !== 0)
    this.passed.push(theirs)
    this.#theirs.push(theirs)
    if (index === 0) this.stdin = new PipeWriter(native, ours)
    else this.#setOutput(index, new PipeReader(native, ours, this.#tapOf(index)))
  }

  #setOutput(index: number, stream: Readable): void {
    if (index === 1) this.stdout = stream
    else this.stderr = stream
  }

  #tapOf(index: number): (chunk: Uint8Array) => void {
    return index === 2 ? (chunk) => this.stderrTail.add(chunk) : () => {}
  }

  #closeTheirs(): void {
    for (const descriptor of this.#theirs.splice(0)) this.#native?.close(descriptor)
  }
}

function outputThrough(
  keeper: Keeper,
  id: number,
  name: 'stdout' | 'stderr',
  tap: (chunk: Uint8Array) => void,
): Readable {
  async function* chunks(): AsyncGenerator<Buffer, void> {
    for await (const chunk of keeper.output(id, name)) {
      tap(chunk)
      yield Buffer.from(chunk)
    }
  }
  return Readable.from(chunks(), { objectMode: false, highWaterMark: 65_536 })
}

function inputThrough(keeper: Keeper, id: number): Writable {
  const reset = (): Error => fail('CONNECTION_RESET', { address: 'input of a program' })
  return new Writable({
    write: (chunk: Buffer, _, done) =>
      void keeper.input(id, chunk).then(
        () => done(),
        () => done(reset()),
      ),
    final: (done) =>
      void keeper.input(id, undefined).then(
        () => done(),
        () => done(),
      ),
  })
}
