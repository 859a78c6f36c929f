/** Lists whose elements stay the same while their items do, so that focus and selection survive; and the arrow keys in them. */

export interface KeyedList<Item> {
  show(items: readonly Item[]): void
}

/** Puts one element an item into `parent`, in order. */
export function keyedList<Item, Node extends HTMLElement>(
  parent: HTMLElement,
  key: (item: Item) => string,
  make: (item: Item) => Node,
  update: (node: Node, item: Item) => void,
): KeyedList<Item> {
  const nodes = new Map<string, Node>()
  return {
    show(items) {
      const wanted = new Set(items.map(key))
      for (const [name, node] of nodes) {
        if (wanted.has(name)) continue
        node.remove()
        nodes.delete(name)
      }
      for (const [index, item] of items.entries()) {
        const node = nodes.get(key(item)) ?? make(item)
        nodes.set(key(item), node)
        update(node, item)
        if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null)
      }
    },
  }
}

/** Brings `parent`'s children to these, moving as few as possible. */
export function setChildren(parent: HTMLElement, wanted: readonly HTMLElement[]): void {
  const kept = new Set<Element>(wanted)
  const gone = Array.from(parent.children).filter((child) => !kept.has(child))
  for (const child of gone) child.remove()
  for (const [index, node] of wanted.entries())
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null)
}

/** Up, Down, Home and End go through the buttons inside. */
export function arrowKeys(parent: HTMLElement, selector: string): void {
  parent.addEventListener('keydown', (event) => {
    const buttons = [...parent.querySelectorAll<HTMLElement>(selector)]
    const index = buttons.indexOf(document.activeElement as HTMLElement)
    if (index === -1 || event.altKey || event.ctrlKey || event.metaKey) return
    const next = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: buttons.length - 1 }[event.key]
    if (next === undefined) return
    event.preventDefault()
    buttons[Math.max(0, Math.min(buttons.length - 1, next))]?.focus()
  })
}
