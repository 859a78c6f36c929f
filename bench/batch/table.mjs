// Cells and tables of the report.

export function ms(value) {
  return `${value.toFixed(value < 10 ? 2 : 0)} ms`
}

export function seconds(value) {
  return `${(value / 1_000).toFixed(2)} s`
}

export function percent(fraction, digits = 1) {
  return `${(100 * fraction).toFixed(digits)} %`
}

export function markdown(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, column) => (column === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
