/** How much of a run the chart shows: all of it, or its end. */
import { element } from '../../element.ts'

export interface WindowChoice {
  readonly node: HTMLElement
  /** In seconds; undefined is all of a run that is so long. */
  windowOf(length: number): { readonly from: number; readonly to: number } | undefined
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
    windowOf(length) {
      const seconds = Number(select.value)
      if (Number.isNaN(seconds) || length <= seconds) return undefined
      return { from: length - seconds, to: length }
    },
  }
}
