/** How much of a run the chart shows: all of it, or its end. */
import { element } from '../../element.ts'

export interface WindowChoice {
  readonly node: HTMLElement
  /** Of a run that lasts so long and whose first step was then, in seconds; undefined is all of it. */
  windowOf(length: number, first: number): { readonly from: number; readonly to: number } | undefined
}

const choices = [
  ['5', 'the last 5 s'],
  ['20', 'the last 20 s'],
  ['60', 'the last minute'],
  ['all', 'all of it'],
] as const

export function windowChoice(isLive: boolean, change: () => void): WindowChoice {
  const usual = isLive ? '20' : 'all'
  const select = element(
    'select',
    { id: 'window' },
    ...choices.map(([value, text]) => element('option', { value, selected: value === usual }, text)),
  )
  select.addEventListener('change', change)
  return {
    node: element('label', { for: 'window', class: 'window' }, 'Shown: ', select),
    windowOf(length, first) {
      const seconds = select.value === 'all' ? Infinity : Number(select.value)
      // A batch that has waited for its first job, or has dropped its first steps, begins with the first that is there.
      const begin = first > length / 20 ? first : 0
      const from = Math.max(begin, length - seconds)
      return from > 0 ? { from, to: length } : undefined
    },
  }
}
