/** Where a talk's messages come from: lines of a pipe, or a terminal with editing and history. */
import { createInterface, type Interface } from 'node:readline'

export interface Input extends AsyncIterable<Buffer> {
  /** Prints above the line that is being typed. */
  printAbove(print: () => void): void
  close(): void
}

export interface InputOptions {
  /** Keep lines as typed, empty ones too. */
  readonly raw: boolean
}

const historySize = 1_000
/** A message is a line; a pipe without line ends must not fill the memory. */
const lineBytesLimit = 1_048_576

export function openInput(options: InputOptions): Input {
  return process.stdin.isTTY ? new TerminalInput(options) : new PipeInput()
}

/** Every line of a pipe is a message, bytes untouched; so is a last one without a newline. */
class PipeInput implements Input {
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    let held: Buffer = Buffer.alloc(0)
    for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
      let rest = held.length === 0 ? chunk : Buffer.concat([held, chunk])
      for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
        yield rest.subarray(0, end > 0 && rest[end - 1] === 13 ? end - 1 : end)
        rest = rest.subarray(end + 1)
      }
      if (rest.length > lineBytesLimit) {
        yield rest
        rest = Buffer.alloc(0)
      }
      held = rest
    }
    if (held.length > 0) yield held
  }

  printAbove(print: () => void): void {
    print()
  }

  close(): void {
    process.stdin.destroy()
  }
}

class TerminalInput implements Input {
  readonly #raw: boolean
  readonly #readline: Interface

  constructor(options: InputOptions) {
    this.#raw = options.raw
    this.#readline = createInterface({ input: process.stdin, output: process.stdout, prompt: '> ', historySize })
    this.#readline.on('SIGINT', () => this.#readline.close())
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    this.#readline.prompt()
    for await (const line of this.#readline) {
      const message = this.#raw ? line : line.trim()
      if (message !== '' || this.#raw) yield Buffer.from(message)
      this.#readline.prompt()
    }
  }

  printAbove(print: () => void): void {
    process.stdout.write('\r\u001b[K')
    print()
    this.#readline.prompt(true)
  }

  close(): void {
    this.#readline.close()
  }
}
