/** Opens a scenario: one that is built in, or a file in JSON or TOML. */
import { readFileSync, statSync } from 'node:fs'

import { parse, TomlError } from 'smol-toml'

import { fail, nearestName } from '../../core/index.ts'
import {
  fieldOf,
  jsonErrorOffset,
  jsonLines,
  lineAt,
  tomlLines,
  type Field,
  type FieldPath,
} from '../../schedule/index.ts'

const mostBytes = 16 * 1_048_576

/**
 * The scenario of that name, else what `read` makes of the file. Throws OPTION_INVALID for what is neither, and
 * SCENARIO_INVALID for a file that is wrong.
 */
export function openScenario<Scenario extends { readonly name: string }>(
  command: string,
  name: string,
  builtIn: readonly Scenario[],
  read: (file: Field) => Scenario,
): Scenario {
  const found = builtIn.find((scenario) => scenario.name === name)
  if (found !== undefined) return found
  return read(
    openFile(
      command,
      name,
      builtIn.map((scenario) => scenario.name),
    ),
  )
}

function openFile(command: string, path: string, names: readonly string[]): Field {
  const text = readText(command, path, names)
  const isToml = path.endsWith('.toml')
  const value = isToml ? parseToml(path, text) : parseJson(path, text)
  // Lines are looked for only when something is wrong.
  const lineOf = (place: FieldPath): number => (isToml ? tomlLines(text) : jsonLines(text))(place)
  return fieldOf(value, { file: path, lineOf })
}

function readText(command: string, path: string, names: readonly string[]): string {
  try {
    const { size } = statSync(path)
    if (size > mostBytes)
      throw fail('SCENARIO_INVALID', {
        file: path,
        line: 1,
        reason: `the file has ${size} bytes, more than ${mostBytes}`,
      })
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  } catch (error) {
    const { code, syscall } = error as NodeJS.ErrnoException
    if (syscall === undefined) throw error
    const near = code === 'ENOENT' ? nearestName(path, names) : undefined
    throw fail('OPTION_INVALID', {
      option: `${command} NAME|FILE`,
      rule: `a name that \`lanework ${command}\` lists${near === undefined ? '' : ` (perhaps ${near}?)`}, or a file`,
      got: `${JSON.stringify(path)} (${code === 'ENOENT' ? 'there is no such file' : code})`,
    })
  }
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    const { message } = error as SyntaxError
    const line = lineAt(text, Math.min(jsonErrorOffset(text), text.trimEnd().length))
    throw fail('SCENARIO_INVALID', { file, line, reason: `this is no JSON: ${message}` }, { cause: error })
  }
}

function parseToml(file: string, text: string): unknown {
  try {
    return parse(text)
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = `this is no TOML: ${error.message.split('\n')[0]}`
    throw fail('SCENARIO_INVALID', { file, line: error.line, reason }, { cause: error })
  }
}
