/** Policies as people write them on command lines: `rr`, `rr:quantum=4`, `mlfq:quanta=8/16,io=keep`. */
import { fail } from '../../core/index.ts'
import type { PolicyChoice } from '../workload/workload.ts'
import type { PolicyOptions } from './by-name.ts'
import type { PolicyRow } from './table-row.ts'

/** The policy of a text, as `rr` or `rr:quantum=4`. Throws OPTION_INVALID, naming `option`. */
export function parsePolicy(text: string, option = '--policy'): PolicyChoice {
  const colon = text.indexOf(':')
  if (colon < 0) return { name: text }
  const entries = partsOf(text.slice(colon + 1)).map((part): [string, unknown] => {
    const [, name, value] = /^\s*([\w-]+)\s*=\s*(.+?)\s*$/s.exec(part) ?? []
    if (name !== undefined && value !== undefined) return [name, valueOf(value)]
    throw fail('OPTION_INVALID', { option, rule: 'NAME or NAME:option=value,option=value', got: text })
  })
  return { name: text.slice(0, colon), options: Object.fromEntries(entries) }
}

/** Cut at the commas that are not inside brackets. */
function partsOf(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const letter of text) {
    if ('[{'.includes(letter)) depth++
    if (']}'.includes(letter)) depth--
    if (letter === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += letter
  }
  return parts
}

/** JSON where it is some, else text: `4`, `true`, `[8,16]`, `keep`. */
function valueOf(text: string): unknown {
  if (text === 'Infinity') return Infinity
  try {
    return JSON.parse(text) as unknown
  } catch {
    return text
  }
}

/** Options with their lists, which may be written `8/16`, as commas stand between options. */
export function listsOf(options: PolicyOptions, row: PolicyRow): PolicyOptions {
  const lists = new Set(row.options.filter(({ type }) => type === 'list').map(({ name }) => name))
  return Object.fromEntries(
    Object.entries(options).map(([name, value]) => {
      if (!lists.has(name) || Array.isArray(value)) return [name, value]
      return [name, String(value).split('/').map(Number)]
    }),
  )
}
