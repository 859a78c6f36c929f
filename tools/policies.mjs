/** The tables in docs/scheduling-policies.md, from the table of policies in src/schedule/policies; used by tools/docs.mjs. */
import { policyTable, presets } from '../dist/schedule/index.js'

const preemption = {
  no: 'no',
  slices: 'when a slice ends',
  yes: 'yes',
  option: 'by option',
}

/** The text of the page with its tables made anew. */
export function policiesPage(current) {
  return filled(filled(filled(current, 'policies', overview()), 'options', options()), 'presets', books())
}

function filled(page, name, text) {
  const begin = `<!-- ${name} -->`
  const end = `<!-- /${name} -->`
  return `${page.slice(0, page.indexOf(begin) + begin.length)}\n\n${text}\n${page.slice(page.indexOf(end))}`
}

function overview() {
  const heading = ['policy', 'who runs next', 'decides by', 'takes the CPU away', 'pool', 'when to use it', 'source']
  const rows = policyTable.map((row) => [
    `\`${row.name}\``,
    row.description,
    row.decidesBy,
    preemption[row.preemptive],
    row.pool ? 'yes' : '',
    row.whenToUse,
    row.source,
  ])
  return table(heading, rows)
}

function options() {
  const rows = policyTable.flatMap((row) =>
    row.options.map((option) => [
      `\`${row.name}\``,
      `\`${option.name}\``,
      option.choices === undefined ? option.type : option.choices.map((choice) => `\`${choice}\``).join(', '),
      option.default === undefined ? '' : `\`${option.default}\``,
      option.description,
    ]),
  )
  return table(['policy', 'option', 'takes', 'default', 'what it does'], rows)
}

function books() {
  const rows = Object.values(presets).map((preset) => [
    `\`${preset.book}\``,
    `${preset.title}; ${preset.chapters}`,
    list(preset.rules),
    Object.entries(preset.policies)
      .map(([name, chosen]) => `\`${name}\` ${list(chosen)}`)
      .join('; '),
  ])
  return table(['like', 'book', 'rules', 'policies'], rows)
}

function list(values) {
  return Object.entries(values)
    .map(([name, value]) => `${name} ${shown(value)}`)
    .join(', ')
}

function shown(value) {
  if (Array.isArray(value)) return value.map(shown).join(' / ')
  return typeof value === 'object' && value !== null ? `(${list(value)})` : String(value)
}

function table(heading, rows) {
  const cell = (text) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')
  return [heading, heading.map(() => '---'), ...rows.map((row) => row.map(cell))]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('')
}
