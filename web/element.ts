/** Elements made by script. Text is set as text, so that no name can become markup; styles are set as properties. */

export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>
export type Child = Node | string

/** An HTML element. `true` sets an attribute without a value, `false` and undefined leave it out. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  setAttributes(made, attributes)
  made.append(...children)
  return made
}

const svgNamespace = 'http://www.w3.org/2000/svg'

/** An SVG element. */
export function svgElement<Tag extends keyof SVGElementTagNameMap>(
  tag: Tag,
  attributes: Attributes = {},
  ...children: readonly Child[]
): SVGElementTagNameMap[Tag] {
  const made = document.createElementNS(svgNamespace, tag)
  setAttributes(made, attributes)
  made.append(...children)
  return made
}

export function setAttributes(target: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name)
    else target.setAttribute(name, value === true ? '' : String(value))
  }
}

/** An SVG document's text as an element of this page; parsed as XML, so that nothing in it runs. */
export function svgFrom(text: string): SVGSVGElement {
  const parsed = new DOMParser().parseFromString(text, 'image/svg+xml')
  return document.importNode(parsed.documentElement, true) as unknown as SVGSVGElement
}

/** A card with a heading. */
export function card(id: string, title: string, ...children: readonly Child[]): HTMLElement {
  return element(
    'section',
    { class: 'card', id, 'aria-labelledby': `${id}-title` },
    element('h2', { id: `${id}-title` }, title),
    ...children,
  )
}

/** A table; the first cell of each row is its heading. */
export function table(
  caption: string,
  heading: readonly string[],
  rows: readonly (readonly Child[])[],
): HTMLTableElement {
  return element(
    'table',
    {},
    element('caption', {}, caption),
    element('thead', {}, element('tr', {}, ...heading.map((text) => element('th', { scope: 'col' }, text)))),
    element(
      'tbody',
      {},
      ...rows.map((cells) =>
        element(
          'tr',
          {},
          ...cells.map((cell, column) =>
            column === 0 ? element('th', { scope: 'row' }, cell) : element('td', {}, cell),
          ),
        ),
      ),
    ),
  )
}

/** A wide thing in a box of its own that scrolls, by keyboard too. */
export function scrolling(label: string, child: Child): HTMLElement {
  return element('div', { class: 'scroll', role: 'region', 'aria-label': `Table: ${label}`, tabindex: 0 }, child)
}
