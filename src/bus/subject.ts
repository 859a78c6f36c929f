/**
 * Subjects, checked in this one place: words with dots between them, as in NATS.
 *
 *   chat.room.lobby      a subject
 *   chat.room.*          a pattern: any one word in place of `*`
 *   chat.>               a pattern: one or more words in place of `>`, at the end only
 *
 * Source: NATS documentation, "Subject-Based Messaging". Narrower than there: visible ASCII only, and `*` and `>` only as whole words, so
 * that every subject means the same to every engine.
 */
import { createHash } from 'node:crypto'

import { fail } from '../core/index.ts'

/** Longest subject or pattern, in bytes. */
export const subjectBytes = 255

const form = /^[\x21-\x7e]+$/
/** Subjects that are the engine's own in NATS: answers, and what servers tell of themselves. */
const reserved = /^(?:\$|_INBOX(?:\.|$))/

/** Checked before: hot paths look a subject up instead of reading it again. Patterns are not among them. */
const known = new Set<string>()
const knownLimit = 4_096

/** Refuses what is no subject with SUBJECT_INVALID. */
export function checkSubject(subject: string): void {
  if (known.has(subject)) return
  checkWords(subject, (word) => (word.includes('*') || word.includes('>') ? 'a subject has no * and no >' : undefined))
  if (known.size >= knownLimit) known.clear()
  known.add(subject)
}

/** Refuses what is neither a subject nor a pattern with SUBJECT_INVALID. */
export function checkPattern(pattern: string): void {
  if (known.has(pattern)) return
  checkWords(pattern, (word, isLast) => {
    if (word === '*' || (word === '>' && isLast)) return undefined
    if (word === '>') return '> stands at the end only'
    return word.includes('*') || word.includes('>') ? '* and > stand for whole words' : undefined
  })
}

/** True when it can be told by its words that a pattern stands for many subjects. */
export function isPattern(pattern: string): boolean {
  return pattern === '>' || pattern.endsWith('.>') || pattern.split('.').includes('*')
}

function checkWords(subject: string, problem: (word: string, isLast: boolean) => string | undefined): void {
  const refuse = (reason: string): Error => fail('SUBJECT_INVALID', { subject: String(subject).slice(0, 300), reason })
  if (typeof subject !== 'string' || subject === '') throw refuse('it is empty')
  if (subject.length > subjectBytes) throw refuse(`it is ${subject.length} bytes long; the limit is ${subjectBytes}`)
  if (!form.test(subject)) throw refuse('only visible ASCII characters may stand in it')
  if (reserved.test(subject)) throw refuse('$ and _INBOX at its beginning are the engine’s own')
  const words = subject.split('.')
  for (const [index, word] of words.entries()) {
    const found = word === '' ? 'a word is empty' : problem(word, index === words.length - 1)
    if (found !== undefined) throw refuse(found)
  }
}

const plain = /^[A-Za-z0-9_-]{1,96}$/
/** Longest word that `subjectToken` makes. */
const tokenBytes = 96

/**
 * Any text as one word of a subject: different texts give different words, and no character of syntax is left. Letters, digits, `_` and
 * `-` stay as they are; other bytes of UTF-8 become `=XX`, half a surrogate pair `=uXXXX`, the empty text `=`. What would be longer than
 * 96 bytes becomes `=h` and its SHA-256.
 *
 * @example subjectToken('#Lobby 2') // '=23Lobby=202'
 */
export function subjectToken(text: string): string {
  if (plain.test(text)) return text
  if (text === '') return '='
  let token = ''
  for (const character of text) {
    token += tokenOf(character)
    if (token.length > tokenBytes) return `=h${createHash('sha256').update(text, 'utf16le').digest('hex')}`
  }
  return token
}

function tokenOf(character: string): string {
  if (/^[A-Za-z0-9_-]$/.test(character)) return character
  const code = character.codePointAt(0) as number
  if (code >= 0xd800 && code <= 0xdfff) return `=u${code.toString(16)}`
  return [...Buffer.from(character)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
}
