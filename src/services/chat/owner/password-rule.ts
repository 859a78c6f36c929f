/** What a new password has to be, whoever makes the account: its owner, or the operator of the server. */
import { fail } from '../../../core/index.ts'
import type { Fault } from '../types.ts'

const shortest = 6
const longest = 256
const rule = `${shortest} to ${longest} characters`

/** Why a password cannot be a new one, or undefined. */
export function checkNewPassword(password: string): Fault | undefined {
  const length = [...password].length
  if (length < shortest) return { code: 'password-weak', message: `A password has ${rule}` }
  return length > longest ? { code: 'password-bad', message: `A password has ${rule}` } : undefined
}

/** The same for operators. Throws OPTION_INVALID. */
export function mustBePassword(password: string): void {
  const fault = checkNewPassword(password)
  if (fault === undefined) return
  const got = `one of ${[...password].length}`
  throw fail('OPTION_INVALID', { option: 'password', rule, got })
}
