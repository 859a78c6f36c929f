/** Light, dark, or as the system has it; remembered. */
import { keep, kept } from './kept.ts'

export type Theme = 'auto' | 'light' | 'dark'

export function theme(): Theme {
  const chosen = kept('theme')
  return chosen === 'light' || chosen === 'dark' ? chosen : 'auto'
}

export function showTheme(): void {
  const chosen = theme()
  if (chosen === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = chosen
}

export function chooseTheme(next: Theme): void {
  keep('theme', next)
  showTheme()
}
