/** How an SVG chart looks on a light and on a dark ground. No fonts from elsewhere, no scripts. */

export type Theme = 'auto' | 'light' | 'dark'

type Rules = readonly (readonly [selector: string, declarations: string])[]

const family = 'ui-sans-serif,system-ui,-apple-system,"Segoe UI","DejaVu Sans","Noto Sans CJK SC",sans-serif'

const shape: Rules = [
  ['text', `font:500 13px ${family}`],
  ['.ink', 'fill:#11181c'],
  ['.num', 'font-size:11.5px;font-variant-numeric:tabular-nums'],
  ['.mid', 'text-anchor:middle'],
  ['.end', 'text-anchor:end'],
  ['.head', 'font-size:15px;font-weight:650'],
]

interface Shades {
  readonly ground: string
  readonly text: string
  readonly soft: string
  readonly track: string
  readonly grid: string
  readonly hatch: string
}

const light: Shades = {
  ground: '#ffffff',
  text: '#1b2328',
  soft: '#56636d',
  track: '#f1f4f6',
  grid: '#dfe5e9',
  hatch: '#6f7c86',
}

const dark: Shades = {
  ground: '#0f1519',
  text: '#e8eef1',
  soft: '#a0adb6',
  track: '#1a2329',
  grid: '#2a353d',
  hatch: '#8b98a2',
}

function colored({ ground, text, soft, track, grid, hatch }: Shades): Rules {
  return [
    ['.ground', `fill:${ground}`],
    ['.text', `fill:${text}`],
    ['.soft', `fill:${soft}`],
    ['.track', `fill:${track}`],
    ['.grid', `stroke:${grid}`],
    ['.hatch', `stroke:${hatch}`],
    ['.hatched', `fill:${track}`],
    ['.wait', `stroke:${soft}`],
    ['.edge', `stroke:${ground}`],
  ]
}

/** The content of the SVG's style element; its rules hold in pictures of this theme alone. `auto` follows the reader. */
export function themeStyle(theme: Theme): string {
  const within = (rules: Rules): string =>
    rules.map(([selector, declarations]) => `.lanework-${theme} ${selector}{${declarations}}`).join('')
  if (theme !== 'auto') return within(shape) + within(colored(theme === 'light' ? light : dark))
  return `${within(shape)}${within(colored(light))}@media (prefers-color-scheme:dark){${within(colored(dark))}}`
}
