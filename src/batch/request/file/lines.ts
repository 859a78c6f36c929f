/**
 * Jobs as lines: each is a command for `sh -c`. Blank lines and those that begin with # are left out; a backslash at the end of a
 * line goes on in the next one.
 *
 *   # thumbnails
 *   convert a.png -resize 20% a-small.png
 *   convert b.png -resize 20% b-small.png
 */
import { complainAt } from '../complain.ts'
import type { FileContent, FileRecord } from './types.ts'

export function linesContent(text: string, file: string): FileContent {
  const records: FileRecord[] = []
  let open: { readonly line: number; readonly parts: string[] } | undefined
  const take = (command: string, line: number): void => {
    const place = `${file}:${line}`
    records.push({ value: { command }, place, complain: complainAt(place) })
  }
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (open === undefined && /^\s*(#|$)/.test(line)) continue
    open ??= { line: index + 1, parts: [] }
    open.parts.push(line)
    // An odd number of backslashes: the last one is meant for the end of the line.
    if (/(?<!\\)(\\\\)*\\$/.test(line)) continue
    take(open.parts.join('\n').trim(), open.line)
    open = undefined
  }
  if (open !== undefined) take(open.parts.join('\n').trim(), open.line)
  return { records }
}
