/** Checks of what processes, programs and pools are given. */
import { fail } from '../core/index.ts'

/** The kernel takes longer arguments, but a name is for people, and stands in each argument list. */
const nameBytesLimit = 255

/** Throws OPTION_INVALID unless it is a text of at most 255 bytes, without NUL. */
export function checkName(name: unknown): string {
  if (typeof name === 'string' && !name.includes('\0') && Buffer.byteLength(name) <= nameBytesLimit) return name
  const got = typeof name === 'string' ? `${Buffer.byteLength(name)} bytes` : typeof name
  throw fail('OPTION_INVALID', { option: 'name', rule: `a text of at most ${nameBytesLimit} bytes, without NUL`, got })
}

/** Throws OPTION_INVALID unless it is a list of arguments. */
export function checkArgs(args: unknown): void {
  if (Array.isArray(args)) return
  const got = args === null ? 'null' : `${typeof args === 'object' ? 'an object' : `${String(args)} (${typeof args})`}`
  throw fail('OPTION_INVALID', { option: 'args', rule: 'an array of arguments', got })
}
