/** The start methods that every scenario of a process runs with. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { keepWarm, Process, type ProcessOptions, type StartMethod, type Task } from '#lanework/process/index.js'

export const startMethods: readonly StartMethod[] = ['spawn', 'warm', 'thread']

const folder = mkdtempSync(join(tmpdir(), 'lanework-process-'))
const made: Process<never, unknown>[] = []
let signs = 0

/** A path where nothing is yet; a child shows by it how far it is. */
export function sign(): string {
  return join(folder, `sign-${++signs}`)
}

/** A process that is ended after the tests, whatever became of them. */
export function make<Args extends readonly unknown[], Result>(
  target: Task<Args, Result>,
  args: NoInfer<Args>,
  options: ProcessOptions = {},
): Process<Args, Result> {
  const process = new Process(target, args, options)
  made.push(process as never)
  return process
}

export async function started<Args extends readonly unknown[], Result>(
  target: Task<Args, Result>,
  args: NoInfer<Args>,
  options: ProcessOptions = {},
): Promise<Process<Args, Result>> {
  return await make(target, args, options).start()
}

after(async () => {
  keepWarm(0)
  await Promise.allSettled(made.map((process) => process[Symbol.asyncDispose]()))
  rmSync(folder, { recursive: true, force: true })
})
