/** Parts of a format joined into one function, with the texts between them. */
import type { Moment } from './moment.ts'
import type { Lettering, Part } from './part.ts'

/** Text that is always the same. */
class Literal implements Part {
  readonly text: string
  readonly least: number
  readonly most: number

  constructor(text: string, bytes: number) {
    this.text = text
    this.least = this.most = bytes
  }

  write(): string {
    return this.text
  }
}

export function literal(text: string, lettering: Lettering): Part {
  return new Literal(text, lettering.bytes(text))
}

/** Neighbouring texts as one. */
export function mergeLiterals(parts: readonly Part[]): Part[] {
  const merged: Part[] = []
  for (const part of parts) {
    const last = merged.at(-1)
    if (part instanceof Literal && last instanceof Literal) {
      merged[merged.length - 1] = new Literal(last.text + part.text, last.most + part.most)
    } else merged.push(part)
  }
  return merged
}

/** All parts as one. */
export function joinParts(parts: readonly Part[]): Part {
  const [only] = parts
  if (only !== undefined && parts.length === 1) return only
  // What stands before each writer; one string more stands at the end.
  const before: string[] = []
  const writers: Part['write'][] = []
  let text = ''
  for (const part of parts) {
    if (part instanceof Literal) text += part.text
    else {
      before.push(text)
      writers.push(part.write)
      text = ''
    }
  }
  return {
    write: writerOf(before, writers, text),
    least: sum(parts, 'least'),
    most: sum(parts, 'most'),
    subSecond: parts.some((part) => part.subSecond === true),
  }
}

function writerOf(before: readonly string[], writers: readonly Part['write'][], after: string): Part['write'] {
  const count = writers.length
  return (moment: Moment) => {
    let out = ''
    for (let index = 0; index < count; index++) {
      out += before[index] as string
      out += (writers[index] as Part['write'])(moment)
    }
    return out + after
  }
}

function sum(parts: readonly Part[], size: 'least' | 'most'): number {
  return parts.reduce((total, part) => total + part[size], 0)
}
