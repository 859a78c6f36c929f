/** Record types by name and by number. */
import { numberAfter } from './codes.ts'
import type { KindName } from './kinds.ts'
import { opaqueTypes } from './opaque-types.ts'
import { recordTypes } from './record-types.ts'

/** A type whose data is typed. */
export type TypeName = keyof typeof recordTypes

/** Each type's number: `dnsType.MX` is 15. */
export const dnsType: Readonly<Record<TypeName | keyof typeof opaqueTypes, number>> = {
  ...(Object.fromEntries(Object.entries(recordTypes).map(([name, { number }]) => [name, number])) as Record<
    TypeName,
    number
  >),
  ...opaqueTypes,
}

/** A field of a type's data: its name in the value, and its kind. */
export type Field = readonly [name: string, kind: KindName]

const names = new Map<number, string>(Object.entries(dnsType).map(([name, number]) => [number, name]))
const fieldsByNumber = new Map<number, readonly Field[]>(
  Object.values(recordTypes).map(({ number, fields }) => [number, fields]),
)

/** `MX`, or `TYPE` and the number where it has no name (RFC 3597 5). */
export function typeName(number: number): string {
  return names.get(number) ?? `TYPE${number}`
}

/** The number of a type by its name in either case, `TYPE15` among them; undefined where there is none. */
export function typeNumber(name: string): number | undefined {
  const upper = name.toUpperCase()
  return Object.hasOwn(dnsType, upper) ? dnsType[upper as TypeName] : numberAfter('TYPE', upper)
}

/** The fields of a type's data; undefined where it is kept as bytes. */
export function fieldsOf(type: number): readonly Field[] | undefined {
  return fieldsByNumber.get(type)
}
