/** How an SVG chart looks on a light and on a dark ground. No fonts from elsewhere, no scripts. */

export type Theme = 'auto' | 'light' | 'dark'

const family = 'ui-sans-serif,system-ui,-apple-system,"Segoe UI","DejaVu Sans","Noto Sans CJK SC",sans-serif'

const shape = `text{font:500 13px ${family}}.ink{fill:#11181c}.num{font-size:11.5px;font-variant-numeric:tabular-nums}
.mid{text-anchor:middle}.end{text-anchor:end}.head{font-size:15px;font-weight:650}`

function colors(ground: string, text: string, soft: string, track: string, grid: string, hatch: string): string {
  return `.ground{fill:${ground}}.text{fill:${text}}.soft{fill:${soft}}.track{fill:${track}}.grid{stroke:${grid}}
.axis{stroke:${soft}}.hatch{stroke:${hatch}}.hatched{fill:${track}}.wait{stroke:${soft}}.edge{stroke:${ground}}`
}

const light = colors('#ffffff', '#1b2328', '#56636d', '#f1f4f6', '#dfe5e9', '#6f7c86')
const dark = colors('#0f1519', '#e8eef1', '#a0adb6', '#1a2329', '#2a353d', '#8b98a2')

/** The content of the SVG's style element. `auto` follows the reader's preference. */
export function themeStyle(theme: Theme): string {
  if (theme === 'auto') return `${shape}\n${light}\n@media (prefers-color-scheme:dark){${dark}}`
  return `${shape}\n${theme === 'light' ? light : dark}`
}
