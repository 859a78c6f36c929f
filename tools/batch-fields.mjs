// The table of fields in docs/batch.md, from the rules by which requests are read.
const begin = '<!-- The fields of a job, from their rules: `npm run docs` writes them. -->\n'
const end = '<!-- End of the fields. -->\n'

/** The page with its table written anew; the text around it is written by hand. */
export function batchPage(page, fieldRules, markdownTable) {
  const cells = fieldRules.map(({ name, says, about }) => [`\`${name}\``, about, says].map(escaped))
  const [before, rest] = page.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error('docs/batch.md has lost the marks around its fields')
  return `${before}${begin}\n${markdownTable(['field', 'what it is', 'must be'], cells)}\n${end}${after}`
}

function escaped(cell) {
  return cell.replaceAll('|', '\\|')
}
