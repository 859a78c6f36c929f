/** The page's few signs, drawn with strokes of the text's colour. */
import { svgElement } from '../element.ts'

const paths = {
  menu: ['M4 7h16', 'M4 12h16', 'M4 17h10'],
  people: ['M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z', 'M2.5 20c0-3.6 2.9-6 6.5-6s6.5 2.4 6.5 6', 'M16 4.5a3.5 3.5 0 0 1 0 6.4', 'M18 14.4c2.2.8 3.5 2.8 3.5 5.6'], // prettier-ignore
  plus: ['M12 5v14', 'M5 12h14'],
  close: ['M6 6l12 12', 'M18 6L6 18'],
  send: ['M12 19V5', 'M6 11l6-6 6 6'],
  down: ['M12 5v14', 'M6 13l6 6 6-6'],
  settings: ['M4 7h9', 'M19 7h1', 'M16 7m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0', 'M4 17h1', 'M11 17h9', 'M8 17m-2.5 0a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0'], // prettier-ignore
  help: ['M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z', 'M9.5 9.3a2.6 2.6 0 1 1 3.6 2.5c-.8.4-1.1.9-1.1 1.9', 'M12 16.8v.1'],
  search: ['M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Z', 'M16.2 16.2L20.5 20.5'],
  edit: ['M4 20l1-4L16.5 4.5l3 3L8 19l-4 1Z', 'M14 7l3 3'],
  leave: ['M14 4H6v16h8', 'M10 12h11', 'M17.5 8.5L21 12l-3.5 3.5'],
  moon: ['M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5Z'],
  sun: ['M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Z', 'M12 2v2', 'M12 20v2', 'M2 12h2', 'M20 12h2', 'M5 5l1.4 1.4', 'M17.6 17.6L19 19', 'M19 5l-1.4 1.4', 'M6.4 17.6L5 19'], // prettier-ignore
} as const

export type IconName = keyof typeof paths

export function icon(name: IconName): SVGSVGElement {
  const lines = paths[name].map((d) => svgElement('path', { d }))
  return svgElement('svg', { class: 'icon', viewBox: '0 0 24 24', 'aria-hidden': 'true', focusable: 'false' }, ...lines)
}
