/**
 * A disk as rows of blocks: a letter for each file, small for its index blocks, `#` for the table, `.` for free ones.
 *
 *        0  ##AAABBBBBBBBBB.  CCCC....
 */
import type { BlockEntry, FileEntry } from '../../schedule/index.ts'
import type { Screen } from './screen.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const mostRows = 40

/** Letters that stay with their files from map to map. */
export type FileLetters = (file: string) => { readonly letter: string; readonly index: number }

export function createFileLetters(): FileLetters {
  const numbers = new Map<string, number>()
  return (file) => {
    const index = numbers.get(file) ?? numbers.size
    numbers.set(file, index)
    return { letter: letters[index % letters.length] as string, index }
  }
}

export function blockMap(ledger: readonly BlockEntry[], screen: Screen, fileLetters: FileLetters): string {
  const label = String(ledger.length - 1).length + 2
  const room = screen.columns - label
  // Eight blocks and a space; on a narrow screen fewer, without the space.
  const across = room >= 9 ? Math.min(64, Math.floor((room + 1) / 9) * 8) : Math.max(1, room)
  const rows: string[] = []
  for (let first = 0; first < ledger.length && rows.length < mostRows; first += across) {
    const cells = ledger.slice(first, first + across).map((entry, at) => {
      const gap = at > 0 && at % 8 === 0 ? ' ' : ''
      return gap + cellOf(entry, screen, fileLetters)
    })
    rows.push(`${String(first).padStart(label - 2)}  ${cells.join('')}`)
  }
  const drawn = rows.length * across
  return drawn >= ledger.length ? rows.join('\n') : `${rows.join('\n')}\n(and ${ledger.length - drawn} more blocks)`
}

function cellOf({ use, file }: BlockEntry, screen: Screen, fileLetters: FileLetters): string {
  if (use === undefined) return screen.dim('.')
  if (file === undefined) return screen.strong('#')
  const { letter, index } = fileLetters(file)
  return screen.owner(use === 'index' ? letter.toLowerCase() : letter, index)
}

/** The files as rows, with the letters of the map. */
export function fileRows(files: readonly FileEntry[], fileLetters: FileLetters): string[][] {
  const rows = files.map(({ name, owner, bytes, data, index, pieces }) => [
    fileLetters(name).letter,
    name,
    owner,
    String(bytes),
    String(data.length),
    String(index.length),
    String(pieces),
  ])
  return [['', 'file', 'owner', 'bytes', 'data', 'index', 'pieces'], ...rows]
}
