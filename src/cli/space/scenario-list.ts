/** The list of scenarios that a command prints when it gets no name. */
import { wrapText } from '../terminal.ts'
import type { Screen } from './screen.ts'

interface Listed {
  readonly name: string
  readonly title: string
}

export function listText(command: string, scenarios: readonly Listed[], screen: Screen): string {
  const names = Math.max(...scenarios.map(({ name }) => name.length))
  const lines = scenarios.map(({ name, title }) => {
    const [first = '', ...others] = wrapText(title, Math.max(20, screen.columns - names - 4)).split('\n')
    const rest = others.map((line) => `\n${' '.repeat(names + 4)}${line}`)
    return `  ${screen.strong(name.padEnd(names))}  ${first}${rest.join('')}`
  })
  const end = `lanework ${command} NAME plays one of them, lanework ${command} FILE one of your own.`
  return [...lines, '', wrapText(end, screen.columns)].join('\n')
}
