/** Jobs in JSON: `{ "batch": {...}, "job": [...] }`, a list of jobs alone, or a job a line as programs write them. */
import { jsonErrorOffset, jsonLines, lineAt } from '../../../schedule/index.ts'
import { complainAt } from '../complain.ts'
import { documentContent, listContent, type DocumentText } from './toml.ts'
import type { FileContent } from './types.ts'

/** Throws JOB_INVALID. */
export function jsonContent(text: string, file: string): FileContent {
  const document: DocumentText = { text, file, makeLines: jsonLines, separator: ':' }
  const value = parsed(text, file)
  return Array.isArray(value) ? listContent(value, document) : documentContent(value, document)
}

/** One job a line. Throws JOB_INVALID. */
export function jsonLinesContent(text: string, file: string): FileContent {
  const records = text.split('\n').flatMap((line, index) => {
    const place = `${file}:${index + 1}`
    return line.trim() === '' ? [] : [{ value: parsed(line, place), place, complain: complainAt(place) }]
  })
  return { records }
}

function parsed(text: string, place: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    const offset = jsonErrorOffset(text)
    const start = text.lastIndexOf('\n', offset - 1) + 1
    const at = `${place}:${lineAt(text, offset)}:${offset - start + 1}`
    throw complainAt(at)('the text', 'JSON', text.slice(offset, offset + 40))
  }
}
