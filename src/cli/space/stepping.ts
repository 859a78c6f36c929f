/** `--step`: one step at a time, each after Enter on a terminal, and all of them one after the other in a pipe. */
import { createInterface } from 'node:readline'

export interface SteppingStreams {
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean }
  readonly output: NodeJS.WritableStream & { readonly isTTY?: boolean }
}

/** Shows texts one by one; `q` or the end of the input ends it early. Resolves to whether all were shown. */
export async function showSteps(
  texts: Iterable<string>,
  { input, output }: SteppingStreams = { input: process.stdin, output: process.stdout },
): Promise<boolean> {
  const isInteractive = input.isTTY === true && output.isTTY === true
  if (!isInteractive) {
    for (const text of texts) output.write(`${text}\n\n`)
    return true
  }
  const lines = createInterface({ input, output })
  try {
    const answers = lines[Symbol.asyncIterator]()
    for (const text of texts) {
      output.write(`${text}\n`)
      // Not by `prompt()`, which fails where the input has ended.
      output.write('(Enter goes on, q ends) ')
      const { value, done } = await answers.next()
      if (done === true || value.trim() === 'q') return false
    }
    return true
  } finally {
    lines.close()
  }
}
