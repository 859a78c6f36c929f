/** Values that many parts of a scenario have. */
import type { Field } from '../../document/field.ts'

/** A value at the top of the file, or among its `params`. */
export function setting<Result>(file: Field, key: string, read: (field: Field) => Result): Result | undefined {
  return file.at(key).optional(read) ?? file.at('params').at(key).optional(read)
}

export function positive(field: Field): number {
  const value = field.number()
  if (value > 0) return value
  throw field.wrong('a number above 0')
}

/** Two jobs of one name could not be told apart. */
export function refuseTwice(names: readonly Field[]): void {
  const seen = new Set<string>()
  for (const name of names) {
    const text = name.text()
    if (seen.has(text)) throw name.wrong('a name that no other has')
    seen.add(text)
  }
}
