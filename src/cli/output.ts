/**
 * How the command speaks: results on stdout, everything else on stderr, one JSON value a line with
 * `--json`, and nothing from the network unescaped onto a terminal.
 */
import { errorToWire, isLaneworkError } from '../core/index.ts'
import { exitCodeOf, exitCodes } from './exit-codes.ts'

export interface OutputOptions {
  /** One JSON value a line instead of text. */
  readonly json?: boolean
}

/** Prints a result: the object with `--json`, else the text. */
export function print(options: OutputOptions, value: object, text: string): void {
  process.stdout.write(options.json === true ? `${JSON.stringify(value)}\n` : `${text}\n`)
}

/** Prints a remark for people; it never mixes with results. */
export function remark(text: string): void {
  process.stderr.write(`${text}\n`)
}

/** Reports an error: what, then what to do; sets the exit code. */
export function report(options: OutputOptions, error: unknown): void {
  process.exitCode = isLaneworkError(error) ? exitCodeOf(error.code) : exitCodes.failed
  if (options.json === true) {
    const { stack: _stack, ...wire } = errorToWire(error)
    process.stderr.write(`${JSON.stringify({ error: wire })}\n`)
    return
  }
  if (isLaneworkError(error)) {
    remark(`lanework: ${error.message}\n  ${error.fix}`)
    return
  }
  remark(`lanework: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
}

/** Runs a command's body and reports what it throws. */
export async function run(options: OutputOptions, body: () => Promise<void>): Promise<void> {
  try {
    await body()
  } catch (error) {
    report(options, error)
  }
}

/** Text safe to show: control characters (terminal escapes among them) become `\xNN`. */
export function escapeControls(text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
  return text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`
  })
}

/** Rows in columns; the first row is the heading. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)))
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
