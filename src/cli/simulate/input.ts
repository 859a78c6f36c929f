/** The workload that is named: one that is built in, a file, or `-` for stdin. */
import { createReadStream, existsSync } from 'node:fs'
import { TextDecoder } from 'node:util'

import { fail, nearestName } from '../../core/index.ts'
import { workloadByName, workloadReader, workloadTable, type Workload } from '../../schedule/index.ts'

export interface LoadedWorkload extends Workload {
  readonly title: string
  /** What to look at; of a file nothing is known. */
  readonly shows: string | undefined
}

/** Throws OPTION_INVALID for what is neither, and what reading a workload throws. */
export async function loadWorkload(name: string): Promise<LoadedWorkload> {
  const builtIn = workloadTable.find((row) => row.name === name)
  if (builtIn !== undefined) return { ...workloadByName(name), title: builtIn.title, shows: builtIn.shows }
  if (name !== '-' && !existsSync(name)) throw unknown(name)
  return { ...(await readFile(name)), title: name === '-' ? 'stdin' : name, shows: undefined }
}

function unknown(name: string): Error {
  const near = nearestName(
    name,
    workloadTable.map((row) => row.name),
  )
  const rule = `a file, or a workload that \`lanework simulate\` lists${near === undefined ? '' : ` (perhaps ${near}?)`}`
  return fail('OPTION_INVALID', { option: 'WORKLOAD', rule, got: JSON.stringify(name) })
}

/** In pieces: a file of ten million lines is refused before it is in memory. */
async function readFile(name: string): Promise<Workload> {
  const reader = workloadReader(name === '-' ? 'stdin' : name)
  const decoder = new TextDecoder()
  try {
    const chunks: AsyncIterable<Buffer> = name === '-' ? process.stdin : createReadStream(name)
    for await (const chunk of chunks) reader.push(decoder.decode(chunk, { stream: true }))
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw fail('OPTION_INVALID', { option: 'WORKLOAD', rule: `a file that can be read (${code})`, got: name })
  }
  reader.push(decoder.decode())
  return reader.end()
}
