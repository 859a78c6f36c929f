/**
 * A terminal for a room: what comes is printed above the line that is being typed, which stays whole, however long it is.
 *
 *   <bob> hello            what comes
 *   > hi b_                what is being typed
 */
import { clearScreenDown, createInterface, cursorTo, moveCursor, type Interface } from 'node:readline'

import { columnsOf } from './room-show.ts'

const prompt = '> '
const historySize = 1_000

export interface RoomTerminal {
  /** Lines as they are typed, until Ctrl-D or Ctrl-C. */
  readonly typed: AsyncIterable<string>
  printAbove(text: string): void
  /** Puts a text where it may be changed and sent again, unless something is being typed. */
  putBack(text: string): void
  /** Takes the line that was typed last off the screen: what it said comes back from the server. */
  wipeTyped(line: string): void
  close(): void
}

export function openRoomTerminal(): RoomTerminal {
  const { stdin: input, stdout: output } = process
  const terminal = createInterface({ input, output, prompt, historySize, removeHistoryDuplicates: true })
  let isClosed = false
  terminal.on('close', () => (isClosed = true))
  terminal.on('SIGINT', () => terminal.close())

  async function* lines(): AsyncGenerator<string, void> {
    terminal.prompt()
    for await (const line of terminal) {
      yield line
      if (!isClosed) terminal.prompt()
    }
  }

  return {
    typed: lines(),
    printAbove(text) {
      if (isClosed) return void output.write(`${text}\n`)
      moveCursor(output, 0, -terminal.getCursorPos().rows)
      cursorTo(output, 0)
      clearScreenDown(output)
      output.write(`${text}\n`)
      forgetRows(terminal)
      terminal.prompt(true)
    },
    putBack(text) {
      if (!isClosed && terminal.line === '') terminal.write(text)
    },
    wipeTyped(line) {
      const rows = Math.max(1, Math.ceil(columnsOf(prompt + line) / (output.columns || 80)))
      moveCursor(output, 0, -rows)
      cursorTo(output, 0)
      clearScreenDown(output)
    },
    close: () => terminal.close(),
  }
}

/** The line begins where the cursor is now: readline would go up by the rows it took before. */
function forgetRows(terminal: Interface): void {
  ;(terminal as Interface & { prevRows?: number }).prevRows = 0
}
