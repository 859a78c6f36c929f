/** A password's record as one word of text, for options and files: what `lanework chat password` prints. */
import { checkRecord, hashPassword, type PasswordRecord } from '../store/password.ts'

const mark = 'lw1.'

/** The record of a password, as text. */
export async function passwordText(password: string): Promise<string> {
  return mark + Buffer.from(JSON.stringify(await hashPassword(password))).toString('base64url')
}

/** Undefined for what `passwordText` did not make. */
export function readPasswordText(text: string): PasswordRecord | undefined {
  if (typeof text !== 'string' || !text.startsWith(mark)) return undefined
  try {
    const record = JSON.parse(Buffer.from(text.slice(mark.length), 'base64url').toString()) as PasswordRecord
    checkRecord(record)
    return record
  } catch {
    return undefined
  }
}
