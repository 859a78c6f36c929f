/**
 * Bursts in one line of text, for tables and for people:
 *
 *   5 disk:3 2           computes 5, waits 3 for the disk, computes 2
 *   1 network:8& 4 await hands in 8 for the network, computes 4 meanwhile, waits for it
 *   read:10 write:99     reads and writes memory at these addresses
 *   inf                  computes for ever
 */
import type { Burst } from '../machine/spec.ts'

const defaultDevice = 'io'
const deviceName = /^[A-Za-z_][\w.-]*$/
const reserved = new Set(['read', 'write', 'await', 'inf'])

/** What is wrong with a text, and where in it, counted from 0. */
export interface NotationProblem {
  readonly at: number
  readonly word: string
  readonly rule: string
}

/** Reads the notation; a problem instead of bursts if a word makes no sense. */
export function parseBursts(text: string): readonly Burst[] | NotationProblem {
  const bursts: Burst[] = []
  for (const match of text.matchAll(/\S+/g)) {
    const burst = parseWord(match[0])
    if (typeof burst === 'string') return { at: match.index, word: match[0], rule: burst }
    bursts.push(burst)
  }
  return bursts.length > 0 ? bursts : { at: 0, word: text, rule: 'bursts such as `5 disk:3 2`' }
}

/** Writes the notation; undefined for bursts that it cannot say, those with unusual names of devices. */
export function formatBursts(list: readonly Burst[]): string | undefined {
  const words: string[] = []
  for (const burst of list) {
    const word = wordOf(burst)
    if (word === undefined) return undefined
    words.push(word)
  }
  return words.join(' ')
}

function parseWord(word: string): Burst | string {
  if (word === 'await') return { await: true }
  if (word === 'inf') return { cpu: Infinity }
  const [, name, rest = ''] = /^([^:]*):(.*)$/.exec(word) ?? []
  if (name === undefined) {
    const cpu = parseTime(word)
    return cpu === undefined ? 'a time, DEVICE:TIME, read:ADDRESS, write:ADDRESS, await or inf' : { cpu }
  }
  if (name === 'read' || name === 'write') {
    const access = parseNumber(rest)
    if (access === undefined) return `${name}: and an address`
    return name === 'write' ? { access, write: true } : { access }
  }
  if (!deviceName.test(name)) return 'the name of a device (letters, digits, _ . -), a colon and a time'
  const isAsync = rest.endsWith('&')
  const io = parseTime(isAsync ? rest.slice(0, -1) : rest)
  if (io === undefined) return `${name}: and a time, 0 or more`
  const device = name === defaultDevice ? {} : { device: name }
  return { io, ...device, ...(isAsync ? { submission: 'async' } : {}) }
}

function wordOf(burst: Burst): string | undefined {
  if ('cpu' in burst) return burst.cpu === Infinity ? 'inf' : `${burst.cpu}`
  if ('await' in burst) return 'await'
  if ('access' in burst) return `${burst.write === true ? 'write' : 'read'}:${burst.access}`
  const { io, device = defaultDevice, submission } = burst
  if (!deviceName.test(device) || reserved.has(device)) return undefined
  return `${device}:${io}${submission === 'async' ? '&' : ''}`
}

/** A decimal number as JSON and CSV write it; undefined for anything else. */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}

function parseTime(text: string): number | undefined {
  const value = parseNumber(text)
  return value !== undefined && value >= 0 ? value : undefined
}
