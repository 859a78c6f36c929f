/** `lanework batch logs`: what a job wrote; with -f until it has ended. Reads the files themselves, through their rotation. */
import { once } from 'node:events'
import { TextDecoder } from 'node:util'

import type { Batch, JobStatus } from '../../batch/index.ts'
import { bytesText } from '../operate/figures.ts'
import { escapeControls, remark } from '../output.ts'
import { withRunning } from './connect.ts'
import type { BatchFlags } from './flags.ts'
import { LogFollower } from './log-file.ts'
import { jobText } from './words.ts'

export interface LogsFlags extends BatchFlags {
  readonly follow?: boolean
  readonly stdout?: boolean
  readonly stderr?: boolean
  readonly lines?: number
}

const pollMs = 100

type StreamName = 'stdout' | 'stderr'

/** Takes pieces of one stream and writes them. */
interface Sink {
  take(piece: Buffer): Promise<void>
  /** The last line may have no end. */
  end(): Promise<void>
}

export async function logsCommand(word: string, flags: LogsFlags): Promise<void> {
  await withRunning(flags, async (batch) => {
    const [job] = await batch.jobs({ jobs: [/^\d{1,15}$/.test(word) ? Number(word) : word] })
    if (job === undefined) return
    await (flags.follow === true ? follow(batch, job, flags) : printLogs(job, flags))
  })
}

function wantedStreams({ stdout, stderr }: LogsFlags): StreamName[] {
  if (stdout === stderr) return ['stdout', 'stderr']
  return stdout === true ? ['stdout'] : ['stderr']
}

async function printLogs(job: JobStatus, flags: LogsFlags): Promise<void> {
  if (job.logs === undefined) return remark(`job ${jobText(job)} has not started: ${job.why}`)
  for (const name of wantedStreams(flags)) {
    const stream = followed(job, name, flags)
    await stream.look()
    await stream.close()
  }
}

/** Those pieces, the first one cut, that hold the last lines. */
function lastLines(pieces: readonly Buffer[], lines: number): Buffer[] {
  // The end of the last line is no beginning of another one.
  let left = lines + (pieces.at(-1)?.at(-1) === 10 ? 1 : 0)
  for (let index = pieces.length - 1; index >= 0; index--) {
    const piece = pieces[index] as Buffer
    for (let at = piece.lastIndexOf(10); at >= 0; at = at === 0 ? -1 : piece.lastIndexOf(10, at - 1)) {
      if (--left === 0) return [piece.subarray(at + 1), ...pieces.slice(index + 1)]
    }
  }
  return [...pieces]
}

/** Until the job has ended and all that it wrote was shown. */
async function follow(batch: Batch, first: JobStatus, flags: LogsFlags): Promise<void> {
  const stopping = new AbortController()
  /** As it was when it had ended. */
  const end = batch.wait({ jobs: [first.id] }, { signal: stopping.signal }).then(
    ([ended = first]) => ended,
    (error: unknown) => {
      if (stopping.signal.aborted) return first
      throw error
    },
  )
  // Handled where it is awaited; until then nobody else should hear of it.
  end.catch(() => {})
  const pause = (ms: number): Promise<JobStatus | undefined> =>
    Promise.race([end, new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms))])
  try {
    let job = first
    // One that starts and ends within a pause is as it ended: its logs are told with that.
    while (job.logs === undefined && job.state !== 'ended')
      job = (await pause(pollMs)) ?? (await batch.jobs({ jobs: [first.id] }))[0] ?? job
    const streams = wantedStreams(flags).map((name) => followed(job, name, flags))
    try {
      // What is written before the end is heard of is there in the look after it.
      for (let isOver = false, isLast = false; !isLast; isOver = isOver || (await pause(pollMs)) !== undefined) {
        isLast = isOver
        for (const stream of streams) await stream.look()
      }
    } finally {
      await Promise.all(streams.map((stream) => stream.close()))
    }
  } finally {
    stopping.abort()
    await end
  }
}

interface Followed {
  look(): Promise<void>
  close(): Promise<void>
}

function followed(job: JobStatus, name: StreamName, flags: LogsFlags): Followed {
  const sink = sinkFor(job, name, flags)
  const onGap = (bytes: number): void =>
    remark(`${bytesText(bytes)} of the ${name} of job ${jobText(job)} are gone: it wrote more than its logs keep`)
  const follower = job.logs === undefined ? undefined : new LogFollower(job.logs[name], { onGap })
  let isFirst = true
  return {
    async look() {
      if (follower === undefined) return
      const pieces = isFirst ? beginning(follower, flags.lines) : follower.more()
      isFirst = false
      for await (const piece of pieces) await sink.take(piece)
    },
    close: () => sink.end(),
  }
}

/** What is there already: all of it, or its last lines. */
async function* beginning(follower: LogFollower, lines: number | undefined): AsyncGenerator<Buffer> {
  let kept: Buffer[] = []
  for await (const piece of follower.more()) {
    if (lines === undefined) yield piece
    else kept = lastLines([...kept, piece], lines)
  }
  yield* kept
}

function sinkFor({ id }: JobStatus, name: StreamName, flags: LogsFlags): Sink {
  // What is asked for alone is the result.
  const isAlone = wantedStreams(flags).length === 1
  const output = name === 'stdout' || isAlone ? process.stdout : process.stderr
  if (flags.json === true) return jsonSink(id, name)
  // On a terminal nothing that a job wrote may command it.
  if (output.isTTY) return textSink((text) => write(output, escapeControls(text)))
  return { take: (piece) => write(output, piece), end: async () => {} }
}

/** One value a line: `{"job":1,"stream":"stdout","line":"..."}`. */
function jsonSink(job: number, stream: StreamName): Sink {
  let open = ''
  const print = (line: string): Promise<void> => write(process.stdout, `${JSON.stringify({ job, stream, line })}\n`)
  const sink = textSink(async (text) => {
    const lines = (open + text).split('\n')
    open = lines.pop() ?? ''
    for (const line of lines) await print(line)
  })
  return {
    take: (piece) => sink.take(piece),
    async end() {
      await sink.end()
      if (open !== '') await print(open)
    },
  }
}

function textSink(take: (text: string) => Promise<void>): Sink {
  const decoder = new TextDecoder()
  return {
    take: (piece) => take(decoder.decode(piece, { stream: true })),
    end: () => take(decoder.decode()),
  }
}

/** Waits for a reader that is slow. */
async function write(output: NodeJS.WriteStream, data: string | Buffer): Promise<void> {
  if (data.length > 0 && !output.write(data)) await once(output, 'drain')
}
