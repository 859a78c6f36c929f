/** The direct cost of a switch between two processes, as lmbench's lat_ctx measures it: a byte goes to and fro between them. */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fail } from '../../../core/index.ts'
import { Program } from '../../../process/index.ts'
import { aloneProgram, pingProgram, pongProgram, type Table } from './programs.ts'

/** A measurement that hangs is given up. */
export const hangMs = 30_000

/**
 * Microseconds of one hop: writing, a switch, reading, and walking through the working set; between two processes on one CPU, and
 * within one process, where nothing is switched. Their difference is the switch.
 */
export async function hopTimes(cpu: number, table: Table): Promise<{ readonly twoUs: number; readonly oneUs: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'lanework-switch-'))
  try {
    const [there, back, own] = [join(folder, 'there'), join(folder, 'back'), join(folder, 'own')]
    await output(['mkfifo', there, back, own], undefined)
    const oneUs = await time(aloneProgram(own, table), cpu)
    const pong = nodeProgram(pongProgram(there, back, table), cpu)
    await pong.start()
    try {
      return { twoUs: await time(pingProgram(there, back, table), cpu), oneUs }
    } finally {
      await pong.kill()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A program for `node -e`, on one CPU. */
export function nodeProgram(code: string, cpu: number): Program {
  return new Program([process.execPath, '-e', code], {
    ...options,
    name: `switch-${randomUUID().slice(0, 8)}`,
    affinity: [cpu],
  })
}

const options = { stdin: 'ignore', stdout: 'pipe', stderr: 'pipe', env: { PATH: process.env['PATH'] } } as const

async function time(code: string, cpu: number): Promise<number> {
  const text = await output([process.execPath, '-e', code], cpu)
  const us = Number(text) / 1_000
  if (text === '' || !(us >= 0)) throw notMeasured(`a program said ${JSON.stringify(text.slice(0, 200))}`)
  return us
}

async function output(argv: readonly string[], cpu: number | undefined): Promise<string> {
  const program = new Program(argv, { ...options, ...(cpu !== undefined && { affinity: [cpu] }) })
  await program.start()
  return outputOf(program)
}

/** What it says until its end; it is killed when it takes too long. */
export async function outputOf(program: Program): Promise<string> {
  const chunks: Buffer[] = []
  program.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const closed = new Promise<void>((resolve) => program.stdout.once('close', resolve))
  const { exitCode, stderrTail } = await program.wait({ timeoutMs: hangMs }).catch(async (error: unknown) => {
    await program.kill()
    throw error
  })
  await closed
  if (exitCode !== 0) throw notMeasured(`a program ended with ${exitCode}: ${stderrTail.trim().slice(-200)}`)
  return Buffer.concat(chunks).toString()
}

/** Something that is needed is not there. */
export function notMeasured(reason: string): Error {
  return fail('UNSUPPORTED', { feature: 'measuring context switches', reason })
}
