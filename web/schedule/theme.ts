/** Light, dark, or as the reader's system has it. The choice lives as long as the page. */
import { element } from '../element.ts'

const themes = [
  ['auto', 'System'],
  ['light', 'Light'],
  ['dark', 'Dark'],
] as const

export function themeChoice(): HTMLElement {
  const select = element(
    'select',
    { id: 'theme' },
    ...themes.map(([value, text]) => element('option', { value }, text)),
  )
  select.addEventListener('change', () => {
    if (select.value === 'auto') delete document.documentElement.dataset['theme']
    else document.documentElement.dataset['theme'] = select.value
  })
  return element('div', { class: 'theme' }, element('label', { for: 'theme' }, 'Colours'), select)
}
