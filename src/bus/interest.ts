/**
 * Who is interested in what: patterns to items, and the items of a subject. Pure.
 *
 *   exact     chat.room.lobby ─▶ items                   one look-up
 *   tree      chat ─ room ─ * ─▶ items                   a step a word, and only while there are patterns at all
 */
import { isPattern } from './subject.ts'

interface Node<Item> {
  readonly words: Map<string, Node<Item>>
  /** Of patterns that end here. */
  items: Set<Item> | undefined
  /** Of patterns with `>` behind this. */
  rest: Set<Item> | undefined
}

export class Interest<Item> {
  readonly #exact = new Map<string, Set<Item>>()
  readonly #root: Node<Item> = newNode()
  #patterns = 0
  #size = 0

  /** Pairs of pattern and item. */
  get size(): number {
    return this.#size
  }

  /** False when the item has that pattern already. */
  add(pattern: string, item: Item): boolean {
    const items = isPattern(pattern) ? this.#addPattern(pattern) : this.#addExact(pattern)
    if (items.has(item)) return false
    items.add(item)
    this.#size++
    return true
  }

  /** False when the item had no such pattern. */
  delete(pattern: string, item: Item): boolean {
    const found = isPattern(pattern) ? this.#deletePattern(pattern, item) : this.#deleteExact(pattern, item)
    if (found) this.#size--
    return found
  }

  /** Calls `visit` for the items of each pattern that the subject fits; an item with several such patterns comes several times. */
  visit(subject: string, visit: (item: Item) => void): void {
    const items = this.#exact.get(subject)
    if (items !== undefined) for (const item of items) visit(item)
    if (this.#patterns > 0) visitNode(this.#root, subject.split('.'), 0, visit)
  }

  #addExact(subject: string): Set<Item> {
    let items = this.#exact.get(subject)
    if (items === undefined) this.#exact.set(subject, (items = new Set()))
    return items
  }

  #deleteExact(subject: string, item: Item): boolean {
    const items = this.#exact.get(subject)
    if (items === undefined || !items.delete(item)) return false
    if (items.size === 0) this.#exact.delete(subject)
    return true
  }

  #addPattern(pattern: string): Set<Item> {
    const { node, isRest } = this.#walk(pattern)
    const found = isRest ? node.rest : node.items
    if (found !== undefined) return found
    const items = new Set<Item>()
    if (isRest) node.rest = items
    else node.items = items
    this.#patterns++
    return items
  }

  #walk(pattern: string): { node: Node<Item>; isRest: boolean } {
    const words = pattern.split('.')
    const isRest = words.at(-1) === '>'
    if (isRest) words.pop()
    let node = this.#root
    for (const word of words) {
      let next = node.words.get(word)
      if (next === undefined) node.words.set(word, (next = newNode()))
      node = next
    }
    return { node, isRest }
  }

  #deletePattern(pattern: string, item: Item): boolean {
    const words = pattern.split('.')
    const isRest = words.at(-1) === '>'
    if (isRest) words.pop()
    const way = [this.#root]
    for (const word of words) {
      const next = way.at(-1)?.words.get(word)
      if (next === undefined) return false
      way.push(next)
    }
    const node = way.at(-1) as Node<Item>
    const items = isRest ? node.rest : node.items
    if (items === undefined || !items.delete(item)) return false
    if (items.size > 0) return true
    if (isRest) node.rest = undefined
    else node.items = undefined
    this.#patterns--
    forgetEmpty(way, words)
    return true
  }
}

function newNode<Item>(): Node<Item> {
  return { words: new Map(), items: undefined, rest: undefined }
}

/** Removes nodes at the end of the way that lead nowhere any more. */
function forgetEmpty<Item>(way: readonly Node<Item>[], words: readonly string[]): void {
  for (let depth = way.length - 1; depth > 0; depth--) {
    const { items, rest, words: further } = way[depth] as Node<Item>
    if (items !== undefined || rest !== undefined || further.size > 0) return
    way[depth - 1]?.words.delete(words[depth - 1] as string)
  }
}

function visitNode<Item>(node: Node<Item>, words: readonly string[], depth: number, visit: (item: Item) => void): void {
  if (depth === words.length) {
    if (node.items !== undefined) for (const item of node.items) visit(item)
    return
  }
  if (node.rest !== undefined) for (const item of node.rest) visit(item)
  const exact = node.words.get(words[depth] as string)
  if (exact !== undefined) visitNode(exact, words, depth + 1, visit)
  const any = node.words.get('*')
  if (any !== undefined) visitNode(any, words, depth + 1, visit)
}
