/**
 * Paging: memory in frames of one size, programs in pages of the same size; a table says which page is in which frame.
 *
 *      address  11206 = page 10, offset 966        table[10] = frame 19
 *      physical 19 x 1024 + 966 = 20422
 */
import { checkChoice } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { accesses, checkAddress, fault, translated, type Access, type Translation } from './translation.ts'

/** One entry of a page table; undefined where the page is in no frame. */
export interface PageEntry {
  readonly frame: number
  /** What may be done with the page: letters of `rwx`. @default 'rwx' */
  readonly access?: string | undefined
}

export interface PageTable {
  /** By page number. */
  readonly pages: readonly (PageEntry | undefined)[]
  readonly pageSize: number
}

/** Translates an address through a page table (OSTEP, chapter 18). Throws OPTION_INVALID for what is no integer. */
export function translatePage(virtual: number, { pages, pageSize }: PageTable, access: Access = 'read'): Translation {
  checkAddress(virtual)
  checkChoice('access', access, accesses)
  if (!Number.isSafeInteger(pageSize) || pageSize < 1) throw invalid('pageSize', 'an integer above 0', pageSize)
  if (virtual < 0 || virtual >= pages.length * pageSize)
    return fault('limit', `address ${virtual} is outside of the ${pages.length} pages`)
  const page = Math.floor(virtual / pageSize)
  const offset = virtual % pageSize
  const entry = pages[page]
  const where = `address ${virtual} is offset ${offset} of page ${page}`
  if (entry === undefined) return fault('not-present', `${where}, which is in no frame`)
  if (!(entry.access ?? 'rwx').includes(letters[access]))
    return fault('protection', `${where}, which is ${entry.access || 'closed'}: no ${access}`)
  const physical = entry.frame * pageSize + offset
  return translated(physical, `${where}, frame ${entry.frame}; ${entry.frame} x ${pageSize} + ${offset} = ${physical}`)
}

const letters: Record<Access, string> = { read: 'r', write: 'w', execute: 'x' }

/** Reads an entry of 32 bits as OSTEP's programs print it: the highest bit says valid, the others are the frame. */
export function pageEntry(bits: number): PageEntry | undefined {
  if (!Number.isInteger(bits) || bits < 0 || bits >= 2 ** 32)
    throw invalid('page table entry', 'a number of 32 bits', bits)
  return bits >= 2 ** 31 ? { frame: bits - 2 ** 31 } : undefined
}
