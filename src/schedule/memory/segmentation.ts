/**
 * Segmentation: a base and a limit for each part of a program (code, heap, stack), with bits that say what may be done with
 * it. The upper bits of an address number the segment, the others are the offset. A stack grows downwards from its base.
 *
 *      address   1 | 101100      segment 1, offset 44
 */
import { checkChoice } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { checkSize } from './requests.ts'
import { accesses, checkAddress, fault, translated, type Access, type Translation } from './translation.ts'
import type { Allocator } from './types.ts'

export interface Segment {
  readonly name?: string | undefined
  /** Where it begins; for one that grows downwards, the address behind its highest. */
  readonly base: number
  /** Its size. */
  readonly limit: number
  /** @default 'up' */
  readonly grows?: 'up' | 'down' | undefined
  /** What may be done with it: letters of `rwx`. @default 'rwx' */
  readonly access?: string | undefined
}

export interface SegmentTable {
  /** In the order of their numbers. */
  readonly segments: readonly Segment[]
  /** Size of the address space, a power of two; it is divided among the segments evenly. */
  readonly addressSpace: number
}

/** A segment and the offset in it: the two parts of an address. */
export interface SegmentAddress {
  readonly segment: number
  readonly offset: number
}

/** Splits an address. With three segments there are four numbers, one of which is free. */
export function splitAddress(virtual: number, { segments, addressSpace }: SegmentTable): SegmentAddress {
  const span = spanOf(segments.length, addressSpace)
  return { segment: Math.floor(virtual / span), offset: virtual % span }
}

/**
 * Translates an address through the segment table (OSTEP, chapter 16). Throws OPTION_INVALID for an address that is no
 * integer and for an address space that is no power of two.
 */
export function translateSegment(virtual: number, table: SegmentTable, access: Access = 'read'): Translation {
  checkAddress(virtual)
  checkChoice('access', access, accesses)
  const span = spanOf(table.segments.length, table.addressSpace)
  if (virtual < 0 || virtual >= table.addressSpace)
    return fault('limit', `address ${virtual} is outside of the address space of ${table.addressSpace}`)
  const { segment: number, offset } = splitAddress(virtual, table)
  const segment = table.segments[number]
  if (segment === undefined) return fault('limit', `there is no segment ${number}`)
  const name = segment.name ?? `segment ${number}`
  // A segment that grows downwards counts from the end of its part of the address space.
  const distance = segment.grows === 'down' ? offset - span : offset
  const isWithin = segment.grows === 'down' ? -distance <= segment.limit : distance < segment.limit
  if (!isWithin)
    return fault('limit', `address ${virtual} is offset ${distance} of ${name}, outside of its limit ${segment.limit}`)
  if (!(segment.access ?? 'rwx').includes(letters[access]))
    return fault('protection', `${name} is ${segment.access || 'closed'}: no ${access}`)
  const physical = segment.base + distance
  const sum = `${segment.base} ${distance < 0 ? '-' : '+'} ${Math.abs(distance)} = ${physical}`
  return translated(physical, `address ${virtual} is offset ${distance} of ${name}; ${sum}`)
}

const letters: Record<Access, string> = { read: 'r', write: 'w', execute: 'x' }

/** A part of a program that has no place yet. */
export interface SegmentRequest {
  readonly name: string
  readonly size: number
  readonly grows?: 'up' | 'down' | undefined
  readonly access?: string | undefined
}

/**
 * Gives each segment of a job a place of its own, all or none: undefined means that the job waits. In the allocator's map
 * they are called `JOB.SEGMENT`. Throws as `admit` does.
 */
export function placeSegments(
  memory: Allocator,
  job: string,
  requests: readonly SegmentRequest[],
  now = 0,
): readonly Segment[] | undefined {
  const segments: Segment[] = []
  for (const { name, size, grows, access } of requests) {
    const placement = memory.admit(`${job}.${name}`, size, now)
    if (placement === undefined) {
      for (const segment of segments) memory.release(`${job}.${segment.name}`, now)
      return undefined
    }
    segments.push({ name, base: placement.base + (grows === 'down' ? size : 0), limit: size, grows, access })
  }
  return segments
}

function spanOf(segments: number, addressSpace: number): number {
  checkSize('addressSpace', addressSpace)
  const numbers = 2 ** Math.ceil(Math.log2(Math.max(1, segments)))
  if (Number.isInteger(Math.log2(addressSpace)) && addressSpace >= numbers) return addressSpace / numbers
  throw invalid('addressSpace', `a power of two, at least the number of segments`, addressSpace)
}
