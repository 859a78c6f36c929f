/** Children by Node's child_process, for machines without the addon: no use of resources, and output through the keeper. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, statSync } from 'node:fs'
import { constants, setPriority } from 'node:os'
import { PassThrough, type Readable } from 'node:stream'

import { fail } from '../../core/index.ts'
import { startError, type Outcome, type Spawned, type Spawner } from './spawner.ts'
import type { ProgramPlan, StreamPlan } from './types.ts'

/** Where the keeper has the owner's own streams. */
export const inheritedFrom = 4

export class NodeSpawner implements Spawner {
  onEnd: (pid: number, outcome: Outcome) => void = () => {}

  #hasOwnerStreams = true

  ownerGone(): void {
    if (!this.#hasOwnerStreams) return
    this.#hasOwnerStreams = false
    for (let stream = 0; stream < 3; stream++) closeSync(inheritedFrom + stream)
  }

  async start(plan: ProgramPlan): Promise<Spawned> {
    if (!this.#hasOwnerStreams && plan.streams.some(({ kind }) => kind === 'inherit')) {
      throw fail('UNSUPPORTED', {
        feature: `inherit for ${plan.name}`,
        reason: 'the owner whose streams those were is gone',
      })
    }
    if (!isFolder(plan.cwd)) throw startError(plan, 'chdir', 'ENOENT')
    const opened: number[] = []
    try {
      const stdio = plan.streams.map((stream, index) => wayOf(plan, stream, index, opened))
      return await this.#spawn(plan, stdio as StdioOptions)
    } finally {
      for (const fd of opened) closeSync(fd)
    }
  }

  async #spawn(plan: ProgramPlan, stdio: StdioOptions): Promise<Spawned> {
    const [program = '', ...rest] = plan.argv
    let child: ChildProcess
    const umask = plan.umask === undefined ? undefined : process.umask(plan.umask)
    try {
      child = spawn(program, rest, { cwd: plan.cwd, env: plan.env, stdio, detached: true })
    } catch (error) {
      throw startError(plan, 'exec', (error as { code?: string }).code ?? 'unknown')
    } finally {
      if (umask !== undefined) process.umask(umask)
    }
    const { pid, stdin, stdout, stderr } = child
    if (pid === undefined) {
      const [error] = (await once(child, 'error')) as [{ code?: string }]
      throw startError(plan, 'exec', error.code ?? 'unknown')
    }
    child.on('error', () => {})
    if (plan.nice !== undefined) setNice(plan, pid, plan.nice)
    stdin?.on('error', () => {}) // The program reads no more; its owner sees that by its end.
    child.on('exit', (code, signal) => {
      this.onEnd(pid, { exitCode: signal === null ? (code ?? 0) : -constants.signals[signal], resources: undefined })
    })
    return { pid, streams: { stdin, stdout: kept(stdout), stderr: kept(stderr) } }
  }
}

/** Node reads and drops what nobody reads once a program has ended; its owner may only be about to ask. */
function kept(output: Readable | null): Readable | null {
  return output === null ? null : output.pipe(new PassThrough({ highWaterMark: 65_536 }))
}

function setNice(plan: ProgramPlan, pid: number, nice: number): void {
  try {
    setPriority(pid, nice)
  } catch (error) {
    process.kill(pid, 'SIGKILL')
    throw startError(plan, 'nice', (error as { code?: string }).code ?? 'unknown')
  }
}

function wayOf(plan: ProgramPlan, stream: StreamPlan, index: number, opened: number[]): number | 'pipe' | 'ignore' {
  if (stream.kind === 'inherit') return inheritedFrom + index
  if (stream.kind !== 'file') return stream.kind
  try {
    const fd = openSync(stream.path, index === 0 ? 'r' : stream.append ? 'a' : 'w')
    opened.push(fd)
    return fd
  } catch (error) {
    throw startError(plan, `open ${stream.path}`, (error as { code?: string }).code ?? 'unknown')
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch {
    return false
  }
}
