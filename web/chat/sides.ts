/**
 * The two sides of the page. Where there is room they stand beside the stream; else they are drawers over it, one at a time: what is
 * closed can be neither seen nor reached by Tab, and Esc closes.
 */
import { element } from '../element.ts'

export interface Sides {
  readonly veil: HTMLElement
  toggle(side: Side): void
  close(): void
  readonly isOpen: boolean
}

type Side = 'places' | 'people'

/** Beside the stream from these widths on. */
const wide: Readonly<Record<Side, MediaQueryList>> = {
  places: matchMedia('(min-width: 48rem)'),
  people: matchMedia('(min-width: 68rem)'),
}

export function sides(
  page: HTMLElement,
  nodes: Readonly<Record<Side, HTMLElement>>,
  buttons: Readonly<Record<Side, HTMLElement>>,
): Sides {
  const veil = element('div', { class: 'veil' })
  let open: Side | undefined
  let isPeopleHidden = false

  function show(): void {
    for (const side of ['places', 'people'] as const) {
      const isWide = wide[side].matches
      const isShown = open === side || (isWide && !(side === 'people' && isPeopleHidden))
      nodes[side].inert = !isShown
      nodes[side].classList.toggle('is-open', open === side)
      buttons[side].setAttribute('aria-expanded', String(isShown))
    }
    page.classList.toggle('hides-people', isPeopleHidden)
    veil.classList.toggle('is-shown', open !== undefined)
  }

  function close(): void {
    const closed = open
    open = undefined
    show()
    if (closed !== undefined && nodes[closed].contains(document.activeElement)) buttons[closed].focus()
  }

  for (const query of Object.values(wide))
    query.addEventListener('change', () => {
      open = undefined
      show()
    })
  veil.addEventListener('click', close)
  show()
  return {
    veil,
    close,
    toggle(side) {
      if (side === 'people' && wide.people.matches) isPeopleHidden = !isPeopleHidden
      else open = open === side ? undefined : side
      show()
      const entry = nodes[side].querySelector<HTMLElement>('[aria-current]') ?? nodes[side].querySelector('button')
      if (open === side) entry?.focus()
    },
    get isOpen() {
      return open !== undefined
    },
  }
}
