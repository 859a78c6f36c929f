/** The picture of layers in ARCHITECTURE.md, drawn from tools/layers.json; used by tools/docs.mjs. */
import { readFileSync } from 'node:fs'

const begin = '<!-- layers -->'
const end = '<!-- /layers -->'

/** The text of ARCHITECTURE.md with its picture drawn anew. */
export function architecturePage(current) {
  const from = current.indexOf(begin) + begin.length
  const to = current.indexOf(end)
  return `${current.slice(0, from)}\n\n\`\`\`\n${picture()}\n\`\`\`\n\n${current.slice(to)}`
}

/** Highest rank on top; layers of one rank do not know each other. */
function picture() {
  const layers = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'))
  const width = Math.max(...layers.map(({ name }) => name.length))
  return layers
    .toSorted((a, b) => b.rank - a.rank)
    .map(({ rank, name, role }) => `${String(rank).padStart(2)}  ${name.padEnd(width)}  ${role}`)
    .join('\n')
}
