/**
 * Zones on their way in (RFC 5936, RFC 1995), pure: messages one after the other, until there is a whole zone or a list of changes.
 * Nothing of it is seen by anybody before.
 *
 *   first SOA ─┬─ another record ─▶ whole zone ─▶ same SOA: done
 *              └─ older SOA ─▶ goes ─▶ SOA ─▶ comes ─▶ SOA ─▶ goes ... ─▶ the first SOA again: done
 */
import { fail, isLaneworkError } from '../../../core/index.ts'
import { dnsClass, rcode, rcodeName } from '../wire/codes.ts'
import { decodeMessage } from '../wire/decode-message.ts'
import type { Message } from '../wire/message-types.ts'
import { formatName, isWithin, type Name, sameName } from '../wire/name.ts'
import { checkData, type ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { ZoneBuilder } from '../zone/builder.ts'
import { Zone } from '../zone/zone.ts'
import { isNewer, soaTimes } from './serial.ts'
import { isSameData, recordBytes, zoneChange, type ZoneChange } from './zone-change.ts'

/** What came. */
export type Received =
  | { readonly kind: 'zone'; readonly zone: Zone }
  | { readonly kind: 'changes'; readonly changes: readonly ZoneChange[] }
  /** The primary has nothing newer. */
  | { readonly kind: 'current' }

export interface ReceiveOptions {
  readonly origin: Name
  readonly id: number
  /** Asked for by IXFR: the serial of the version here. */
  readonly serial?: number
  /** Bytes of records at most. */
  readonly limitBytes: number
}

type State =
  | { readonly at: 'start' }
  | { readonly at: 'second' }
  | { readonly at: 'zone'; readonly builder: ZoneBuilder }
  | { readonly at: 'goes' | 'comes' }

export class ZoneReceiver {
  readonly #options: ReceiveOptions
  #state: State = { at: 'start' }
  #soa: ResourceRecord | undefined
  #bytes = 0
  #isFirst = true
  readonly #changes: ZoneChange[] = []
  #removed: ResourceRecord[] = []
  #added: ResourceRecord[] = []
  #result: Received | undefined

  constructor(options: ReceiveOptions) {
    this.#options = options
  }

  /**
   * Takes the next message; gives what came once it is whole. Throws TRANSFER_FAILED for what is no transfer, or not of this zone:
   * all of it is void then.
   */
  take(bytes: Uint8Array): Received | undefined {
    const message = this.#decoded(bytes)
    this.#checkHead(message)
    for (const record of message.answers) {
      if (this.#result !== undefined) throw this.#refuse('records follow the last one')
      this.#bytes += recordBytes(record)
      if (this.#bytes > this.#options.limitBytes) throw this.#refuse(`more than ${this.#options.limitBytes} bytes`)
      this.#takeRecord(record)
    }
    // Who has the same version, or an older one, sends its SOA and nothing else.
    if (this.#result === undefined && this.#state.at === 'second' && this.#isCurrent())
      this.#result = { kind: 'current' }
    return this.#result
  }

  #decoded(bytes: Uint8Array): Message {
    try {
      return decodeMessage(bytes)
    } catch (error) {
      throw this.#refuse(reasonOf(error))
    }
  }

  #checkHead(message: Message): void {
    const { origin, id } = this.#options
    if (!message.isResponse || message.id !== id || message.opcode !== 0)
      throw this.#refuse('an answer is not to our request')
    if (message.rcode !== rcode.NOERROR) throw this.#refuse(`the primary says ${rcodeName(message.rcode)}`)
    if (message.tc) throw this.#refuse('an answer is truncated')
    if (message.questions.some(({ name }) => !sameName(name, origin)))
      throw this.#refuse('an answer is to another question')
    if (this.#isFirst && message.answers.length === 0) throw this.#refuse('the first answer is empty')
    this.#isFirst = false
  }

  #takeRecord(record: ResourceRecord): void {
    const { origin } = this.#options
    if (record.class !== dnsClass.IN) throw this.#refuse('a record is not of class IN')
    if (!isWithin(record.name, origin)) throw this.#refuse('a record lies outside the zone')
    this.#try(() => checkData(record.type, record.data))
    const isSoa = record.type === dnsType.SOA
    if (isSoa && !sameName(record.name, origin)) throw this.#refuse('a SOA is of another name')
    switch (this.#state.at) {
      case 'start':
        if (!isSoa) throw this.#refuse('it does not begin with a SOA')
        this.#soa = record
        this.#state = { at: 'second' }
        return
      case 'second':
        return this.#takeSecond(record, isSoa)
      case 'zone':
        if (isSoa) return this.#endZone(record, this.#state.builder)
        this.#add(this.#state.builder, record)
        return
      default:
        this.#takeChange(record, isSoa)
    }
  }

  /** What the second record is tells which of the two this is (RFC 1995 4). */
  #takeSecond(record: ResourceRecord, isSoa: boolean): void {
    const { origin, serial } = this.#options
    if (isSoa && serial !== undefined && !this.#isLast(record)) {
      this.#state = { at: 'goes' }
      this.#removed = [record]
      return
    }
    const builder = new ZoneBuilder(origin)
    this.#add(builder, this.#soa!)
    this.#state = { at: 'zone', builder }
    if (isSoa) return this.#endZone(record, builder)
    this.#add(builder, record)
  }

  #endZone(soa: ResourceRecord, builder: ZoneBuilder): void {
    if (!this.#isLast(soa)) throw this.#refuse('it ends with another SOA than it begins with')
    this.#try(() => {
      this.#result = { kind: 'zone', zone: new Zone(builder.build()) }
    })
  }

  #takeChange(record: ResourceRecord, isSoa: boolean): void {
    if (!isSoa) {
      ;(this.#state.at === 'goes' ? this.#removed : this.#added).push(record)
      return
    }
    if (this.#state.at === 'goes') {
      this.#state = { at: 'comes' }
      this.#added = [record]
      return
    }
    const change = zoneChange(this.#removed, this.#added)
    const before = this.#changes.at(-1)?.to ?? this.#options.serial
    if (change.from !== before) throw this.#refuse(`a change begins at ${change.from} and not at ${before}`)
    if (!isNewer(change.to, change.from)) throw this.#refuse('a change leads back')
    this.#changes.push(change)
    if (this.#isLast(record)) {
      if (change.to !== soaTimes(record.data)!.serial) throw this.#refuse('the changes do not lead to the last version')
      this.#result = { kind: 'changes', changes: this.#changes }
      return
    }
    this.#state = { at: 'goes' }
    this.#removed = [record]
  }

  #isLast({ data }: ResourceRecord): boolean {
    return isSameData(dnsType.SOA, data, this.#soa!.data)
  }

  #isCurrent(): boolean {
    const { serial } = this.#options
    return serial !== undefined && !isNewer(soaTimes(this.#soa!.data)!.serial, serial)
  }

  #add(builder: ZoneBuilder, record: ResourceRecord): void {
    this.#try(() => builder.add(record))
  }

  #try(step: () => void): void {
    try {
      step()
    } catch (error) {
      throw this.#refuse(reasonOf(error))
    }
  }

  #refuse(reason: string): Error {
    return transferFailed(this.#options.origin, reason)
  }
}

/** What an error says, to stand in a sentence. */
function reasonOf(error: unknown): string {
  return (isLaneworkError(error) ? error.message : String(error)).replace(/\.$/, '')
}

/** The error of a transfer that came to nothing. */
export function transferFailed(origin: Name, reason: string): Error {
  return fail('TRANSFER_FAILED', { zone: formatName(origin), reason })
}
