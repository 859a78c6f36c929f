/** The file of jobs that a command names, or stdin. */
import { createReadStream } from 'node:fs'
import { TextDecoder } from 'node:util'

import { readJobs, type BatchFile } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { remark } from '../output.ts'

/** Bytes that are read before it is refused: more is in no file that people write. */
const mostBytes = 2 ** 28

/** Reads it, and says what was left out. Throws OPTION_INVALID where it cannot be read, JOB_INVALID for what is in there. */
export async function readBatchFile(name: string): Promise<BatchFile> {
  const file = readJobs(await textOf(name), name === '-' ? 'stdin' : name)
  for (const note of file.notes) remark(`Note: ${note}`)
  return file
}

async function textOf(name: string): Promise<string> {
  const decoder = new TextDecoder()
  const parts: string[] = []
  let bytes = 0
  try {
    const chunks: AsyncIterable<Buffer> = name === '-' ? process.stdin : createReadStream(name)
    for await (const chunk of chunks) {
      bytes += chunk.length
      if (bytes > mostBytes) throw wrong(`a file of at most ${mostBytes} bytes`, name)
      parts.push(decoder.decode(chunk, { stream: true }))
    }
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    throw wrong(`a file that can be read (${code})`, name)
  }
  return parts.join('') + decoder.decode()
}

function wrong(rule: string, got: string): Error {
  return fail('OPTION_INVALID', { option: 'FILE', rule, got })
}
