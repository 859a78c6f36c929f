/**
 * What travels between the old supervisor and its successor, over a pair of Unix stream sockets: lines of JSON. The descriptors
 * of a line come with it and, beyond 64, with the line feeds that follow it.
 *
 *    old                                            successor
 *    {"service": ..., "descriptors": 2}  + 2 fds ──▶
 *    {"end": true}                               ──▶
 *                                                ◀──  "ready"       then the old one drains
 */
import { fail, type LaneworkError } from '../../core/index.ts'
import {
  closeDescriptor,
  parseAddress,
  passedDescriptorsLimit,
  receiveDescriptors,
  sendDescriptors,
} from '../../io/index.ts'
import type { HandedSockets } from './types.ts'

const lineLimitBytes = 65_536
const socketsLimit = 1_024

export const readyWord = '"ready"\n'

/** Sends all sockets and the end mark; ours stay open. */
export async function sendSockets(descriptor: number, sockets: readonly HandedSockets[]): Promise<void> {
  for (const { descriptors, ...rest } of sockets) {
    const line = `${JSON.stringify({ ...rest, descriptors: descriptors.length })}\n`
    await sendDescriptors(descriptor, Buffer.from(line), descriptors.slice(0, passedDescriptorsLimit))
    for (let at = passedDescriptorsLimit; at < descriptors.length; at += passedDescriptorsLimit) {
      await sendDescriptors(descriptor, Buffer.from('\n'), descriptors.slice(at, at + passedDescriptorsLimit))
    }
  }
  await sendDescriptors(descriptor, Buffer.from('{"end":true}\n'), [])
}

/** Receives what `sendSockets` sends. Throws UPGRADE_FAILED when the other end closes or speaks otherwise; nothing stays open then. */
export async function receiveSockets(descriptor: number): Promise<HandedSockets[]> {
  const descriptors: number[] = []
  const announced: (Omit<HandedSockets, 'descriptors'> & { descriptors: number })[] = []
  let text = ''
  try {
    for (;;) {
      const received = await receiveDescriptors(descriptor)
      descriptors.push(...received.descriptors)
      if (received.bytes.length === 0) throw broken('it ended before it had sent its sockets')
      text += received.bytes.toString('latin1')
      const lines = text.split('\n')
      text = lines.pop() ?? ''
      if (text.length > lineLimitBytes) throw broken('a line is too long')
      for (const line of lines.filter((each) => each !== '')) {
        const value = parse(line)
        if (value['end'] === true) return shareOut(announced, descriptors)
        announced.push(checked(value))
        if (announced.length > socketsLimit) throw broken('there are too many sockets')
      }
    }
  } catch (error) {
    for (const each of descriptors) closeDescriptor(each)
    throw error
  }
}

type Announced = Omit<HandedSockets, 'descriptors'> & { readonly descriptors: number }

function shareOut(announced: readonly Announced[], descriptors: readonly number[]): HandedSockets[] {
  let at = 0
  const sockets = announced.map(({ descriptors: count, ...rest }) => {
    return { ...rest, descriptors: descriptors.slice(at, (at += count)) }
  })
  if (at !== descriptors.length) throw broken(`${at} descriptors were announced, and ${descriptors.length} came`)
  return sockets
}

/** Latin-1 carries the bytes of UTF-8 through the cutting of lines. */
function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(line, 'latin1').toString())
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // As any other line that is no object.
  }
  throw broken('a line is no object')
}

function checked(value: Record<string, unknown>): Announced {
  const { service, asked, address, spread, kind, descriptors } = value
  const texts = [service, asked, address, spread].every((each) => typeof each === 'string')
  const isKind = kind === 'datagram' || kind === 'stream'
  if (!texts || !isKind || !Number.isInteger(descriptors) || !((descriptors as number) > 0)) {
    throw broken('a line is not about sockets')
  }
  parseAddress(address as string)
  return value as unknown as Announced
}

function broken(reason: string): LaneworkError {
  return fail('UPGRADE_FAILED', { reason: `the predecessor could not be understood: ${reason}` })
}
