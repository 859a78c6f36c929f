/** A program in a terminal of its own (tmux): keys go in, and what its screen shows is read. */
import { spawnSync } from 'node:child_process'
import { until } from '../../../support/until.js'

let terminals = 0

export function isInstalled(...programs: string[]): boolean {
  return programs.every((program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0)
}

export class Terminal {
  readonly #name = `lanework-${process.pid}-${++terminals}`

  /** 120 columns, 50 lines; `command` is run by the shell. */
  constructor(command: string) {
    this.#tmux('-f', '/dev/null', 'new-session', '-d', '-s', 'main', '-x', '120', '-y', '50', command)
  }

  /** Types a line and Enter. */
  type(line: string): void {
    this.#tmux('send-keys', '-t', 'main', '-l', line)
    this.#tmux('send-keys', '-t', 'main', 'Enter')
  }

  /** Types without Enter, or presses a key that has a name: `C-c`. */
  press(text: string, isKey = false): void {
    this.#tmux('send-keys', '-t', 'main', ...(isKey ? [text] : ['-l', text]))
  }

  screen(): string {
    return this.#tmux('capture-pane', '-t', 'main', '-p')
  }

  async shows(pattern: RegExp): Promise<string> {
    return until(
      `the screen shows ${pattern}:\n${this.screen()}`,
      () => {
        const screen = this.screen()
        return pattern.test(screen) && screen
      },
      60_000,
    )
  }

  async ended(): Promise<void> {
    await until(
      'the program has ended',
      () => spawnSync('tmux', ['-L', this.#name, 'has-session']).status !== 0,
      60_000,
    )
  }

  close(): void {
    spawnSync('tmux', ['-L', this.#name, 'kill-server'])
  }

  #tmux(...words: string[]): string {
    return spawnSync('tmux', ['-L', this.#name, ...words], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8' },
    }).stdout
  }
}
