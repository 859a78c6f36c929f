/** Runs the example of a row in a process of its own, for ten seconds at most. */
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'

import { capabilities, nativeStatus } from '../../io/index.ts'
import { Program } from '../../process/index.ts'
import { compareLines, type ComparedLine } from './expectation.ts'
import type { TourRow } from './row.ts'

const limitMs = 10_000
/** More than any example prints; beyond it the example is killed. */
const outputBytes = 1_048_576

/** matched: every line as expected. differs: not so. skipped: it cannot run here. */
export interface TourResult {
  readonly row: TourRow
  readonly outcome: 'matched' | 'differs' | 'skipped'
  readonly lines: readonly ComparedLine[]
  /** Why it was skipped, or how it failed besides its lines. */
  readonly remark: string | undefined
  readonly tookMs: number
}

export interface RunOptions {
  /** The folder of the compiled examples. @default the package's own */
  readonly examples?: URL
  /** An example that runs longer is killed. @default 10_000 */
  readonly limitMs?: number
}

/** Runs one row; never throws on account of the example. */
export async function runRow(row: TourRow, options: RunOptions = {}): Promise<TourResult> {
  const missing = missingCapability(row)
  if (missing !== undefined) return { row, outcome: 'skipped', lines: [], remark: missing, tookMs: 0 }
  const startedMs = performance.now()
  const { output, remark } = await runExample(row.name, options)
  const lines = compareLines(row.expected, splitLines(output), nativeStatus().available ? 'native' : 'node')
  const matched = remark === undefined && lines.every((line) => line.matched)
  return {
    row,
    outcome: matched ? 'matched' : 'differs',
    lines,
    remark,
    tookMs: Math.round(performance.now() - startedMs),
  }
}

function missingCapability(row: TourRow): string | undefined {
  const native = nativeStatus()
  if (row.needs === undefined || native.available) return undefined
  const capability = capabilities.find((candidate) => candidate.id === row.needs)
  if (capability?.node !== false) return undefined
  return `it needs ${capability.feature}, and so the native addon, which is not in use: ${native.reason}`
}

async function runExample(
  name: string,
  { examples = new URL('../../examples/', import.meta.url), limitMs: timeoutMs = limitMs }: RunOptions,
): Promise<{ output: string; remark: string | undefined }> {
  const argv = [process.execPath, fileURLToPath(new URL(`${name}.js`, examples))]
  const program = await new Program(argv, { name, stdout: 'pipe', stderr: 'pipe' }).start()
  let how: string | undefined
  const kill = (why: string): void => {
    how ??= `it ${why} and was killed`
    program.terminate({ graceMs: 0, tree: true }).catch(() => {}) // wait() tells
  }
  const timer = setTimeout(() => kill(`did not end within ${timeoutMs} ms`), timeoutMs)
  try {
    const tooMuch = (): void => kill(`printed more than ${outputBytes} bytes`)
    const texts = [textOf(program.stdout, tooMuch), textOf(program.stderr, tooMuch)]
    const { exitCode } = await program.wait()
    const [output = '', errors = ''] = await Promise.all(texts)
    if (exitCode !== 0) how ??= `it ended with code ${exitCode}`
    return { output, remark: how === undefined ? undefined : `${how}\n${errors.trim()}`.trim() }
  } finally {
    clearTimeout(timer)
  }
}

async function textOf(stream: Readable, tooMuch: () => void): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    if (bytes + chunk.length > outputBytes) tooMuch()
    else chunks.push(chunk)
    bytes += chunk.length
  }
  return Buffer.concat(chunks).toString()
}

function splitLines(output: string): string[] {
  const lines = output.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
