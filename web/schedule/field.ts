/** Form fields with a label, a value that is always seen, and a description. */
import { element } from '../element.ts'

export interface Field {
  readonly node: HTMLElement
}

/** A slider's scale: whole numbers as long as the least is one, else hundredths of the greatest. */
export interface Scale {
  readonly least: number
  readonly most: number
  readonly step: number
}

export function sliderField(
  id: string,
  label: string,
  { least, most, step }: Scale,
  value: number,
  describe: (value: number) => string,
  change: (value: number) => void,
): Field {
  // A value between two steps would be moved to one of them, and the picture would show what nobody set.
  const between = Math.abs((value - least) / step - Math.round((value - least) / step)) > 1e-9
  const input = element('input', {
    type: 'range',
    id,
    min: Math.min(least, value),
    max: Math.max(most, value),
    step: between ? 'any' : step,
    value,
  })
  const output = element('output', { for: id }, describe(value))
  input.setAttribute('aria-valuetext', describe(value))
  input.addEventListener('input', () => {
    const now = Number(input.value)
    output.textContent = describe(now)
    input.setAttribute('aria-valuetext', describe(now))
    change(now)
  })
  return {
    node: element(
      'div',
      { class: 'field' },
      element('div', { class: 'field-head' }, element('label', { for: id }, label), output),
      input,
    ),
  }
}

export function selectField(
  id: string,
  label: string,
  choices: readonly (readonly [value: string, text: string])[],
  value: string,
  change: (value: string) => void,
): Field {
  const select = element(
    'select',
    { id },
    ...choices.map(([choice, text]) => element('option', { value: choice, selected: choice === value }, text)),
  )
  select.addEventListener('change', () => change(select.value))
  return { node: element('div', { class: 'field' }, element('label', { for: id }, label), select) }
}

export function checkField(id: string, label: string, value: boolean, change: (value: boolean) => void): Field {
  const input = element('input', { type: 'checkbox', id, checked: value })
  input.addEventListener('change', () => change(input.checked))
  return { node: element('div', { class: 'field check' }, input, element('label', { for: id }, label)) }
}

/** A text such as `8, 4, 2`; what it means is the caller's business. */
export function textField(id: string, label: string, value: string, change: (value: string) => void): Field {
  const input = element('input', { type: 'text', id, value, autocomplete: 'off', spellcheck: 'false' })
  input.addEventListener('change', () => change(input.value))
  return { node: element('div', { class: 'field' }, element('label', { for: id }, label), input) }
}

/** A round number (1, 2 or 5 times a power of ten) that is not below this one. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)))
  return ([1, 2, 5].find((factor) => factor * power >= value * (1 - 1e-9)) ?? 10) * power
}

/** A scale for times up to about this long. */
export function timeScale(longest: number, least: number): Scale {
  const most = roundUp(Math.max(longest, least))
  const step = most >= 10 ? 1 : most / 20
  return { least, most, step }
}
