/** Cuts text that comes in pieces into lines, with a bound on the length of each. */
import { checkSize, type Limits } from './limits.ts'

export interface LineReader {
  push(chunk: string): void
  /** The last line needs no end. */
  end(): void
}

/** Calls `take` with each line, its number from 1, and no end of line; CRLF and LF are the same. */
export function lineReader(file: string, limits: Limits, take: (line: string, number: number) => void): LineReader {
  let rest = ''
  let number = 0
  const one = (line: string): void => {
    number++
    checkSize(file, number, 'characters', line.length, limits)
    const start = number === 1 && line.startsWith('\uFEFF') ? 1 : 0
    take(line.slice(start, line.endsWith('\r') ? -1 : undefined), number)
  }
  return {
    push(chunk) {
      const text = rest === '' ? chunk : rest + chunk
      let from = 0
      for (let end = text.indexOf('\n'); end !== -1; end = text.indexOf('\n', from)) {
        one(text.slice(from, end))
        from = end + 1
      }
      rest = text.slice(from)
      checkSize(file, number + 1, 'characters', rest.length, limits)
    },
    end() {
      if (rest !== '') one(rest)
      rest = ''
    },
  }
}
