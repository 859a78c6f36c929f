/**
 * Passwords of accounts, as scrypt keeps them (RFC 7914): slow to try, and no two alike.
 *
 * The cost stands in each record, so that it may rise later and old records still verify. Each computation takes 32 MiB and some tens of
 * milliseconds on another thread: two run at a time, and a bounded number waits, so that logins cannot take the machine.
 */
import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto'

import { fail } from '../../../core/index.ts'

/** What is kept in place of a password; plain JSON. */
export interface PasswordRecord {
  readonly scheme: 'scrypt'
  /** CPU and memory cost, block size, parallelisation: N, r and p of RFC 7914. */
  readonly cost: number
  readonly blockSize: number
  readonly parallel: number
  /** Base64. */
  readonly salt: string
  readonly hash: string
}

const defaults = { cost: 2 ** 15, blockSize: 8, parallel: 1 } as const
const saltBytes = 16
const hashBytes = 32
/** Longest password, in bytes of UTF-8. */
export const passwordBytes = 1_024
/** What a record may ask for: more than ever was default here would be somebody's attack. */
const memoryLimit = 268_435_456

const atOnce = 2
const waitingLimit = 64
let running = 0
const waiting: (() => void)[] = []

/** The record of a password. Throws OPTION_INVALID (empty, too long), QUEUE_FULL (66 are computed or wait). */
export async function hashPassword(password: string): Promise<PasswordRecord> {
  checkPassword(password)
  const salt = randomBytes(saltBytes)
  const hash = await derive(password, salt, hashBytes, defaults)
  return { scheme: 'scrypt', ...defaults, salt: salt.toString('base64'), hash: hash.toString('base64') }
}

/**
 * Whether a password is the one of a record; without a record it takes as long, and is false, so that nobody learns from the time which
 * accounts there are. Throws QUEUE_FULL, OPTION_INVALID (a record that cannot be).
 */
export async function verifyPassword(password: string, record: PasswordRecord | undefined): Promise<boolean> {
  const known = record === undefined ? undefined : checkRecord(record)
  const expected = known?.hash ?? Buffer.alloc(hashBytes)
  // What is too long is nobody's password, and costs no more to refuse.
  const text = isPassword(password) ? password : ''
  const hash = await derive(text, known?.salt ?? Buffer.alloc(saltBytes), expected.length, known ?? defaults)
  return timingSafeEqual(hash, expected) && known !== undefined && isPassword(password)
}

interface Costs {
  readonly cost: number
  readonly blockSize: number
  readonly parallel: number
}

/** True when a record was made with less than today's cost: hash the password anew once it has been verified. */
export function isOutdated(record: PasswordRecord): boolean {
  return record.cost * record.blockSize * record.parallel < defaults.cost * defaults.blockSize * defaults.parallel
}

async function derive(password: string, salt: Buffer, length: number, costs: Costs): Promise<Buffer> {
  await enter()
  try {
    return await new Promise((resolve, reject) => {
      const { cost, blockSize, parallel } = costs
      const settings = { cost, blockSize, parallelization: parallel, maxmem: memoryLimit + 1_048_576 }
      scrypt(password.normalize('NFC'), salt, length, settings, (error, key) => {
        if (error === null) resolve(key)
        else reject(error)
      })
    })
  } finally {
    leave()
  }
}

async function enter(): Promise<void> {
  if (running < atOnce) {
    running++
    return
  }
  if (waiting.length >= waitingLimit) throw fail('QUEUE_FULL', { queue: 'passwords', limit: waitingLimit })
  await new Promise<void>((resolve) => waiting.push(resolve))
}

function leave(): void {
  const next = waiting.shift()
  if (next === undefined) running--
  else next()
}

function isPassword(text: unknown): text is string {
  return typeof text === 'string' && text !== '' && Buffer.byteLength(text) <= passwordBytes
}

function checkPassword(text: string): void {
  if (!isPassword(text))
    throw fail('OPTION_INVALID', { option: 'password', rule: `a text of 1 to ${passwordBytes} bytes`, got: 'another' })
}

/** The record's parts. Throws OPTION_INVALID for what `hashPassword` cannot have made. */
export function checkRecord(record: PasswordRecord): Costs & { salt: Buffer; hash: Buffer } {
  const { cost, blockSize, parallel } = record
  const [salt, hash] = [Buffer.from(String(record.salt), 'base64'), Buffer.from(String(record.hash), 'base64')]
  const whole = [cost, blockSize, parallel].every((value) => Number.isSafeInteger(value) && value > 0)
  const possible = whole && Number.isInteger(Math.log2(cost)) && cost > 1 && 128 * cost * blockSize <= memoryLimit
  if (
    record.scheme === 'scrypt' &&
    possible &&
    parallel <= 16 &&
    salt.length >= 8 &&
    hash.length >= 16 &&
    hash.length <= 64
  )
    return { cost, blockSize, parallel, salt, hash }
  throw fail('OPTION_INVALID', { option: 'password record', rule: 'one that hashPassword() made', got: 'another' })
}
