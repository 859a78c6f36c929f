/** Messages of DNS for tests: plain ones to fill in, bytes from hexadecimal, and drawn ones. */
import fc from 'fast-check'
import {
  emptyMessage as nothingSaid,
  type Message,
  parseName,
  recordOf,
  type RecordValue,
  type ResourceRecord,
} from '#lanework/services/dns/index.js'
import { names, typedNames, valuesOf } from './dns-values.js'

export const emptyMessage: Message = { ...nothingSaid, id: 1 }

export function record(name: string, value: RecordValue, ttl = 60): ResourceRecord {
  return recordOf(parseName(name), ttl, value)
}

/** Bytes of hexadecimal text; blanks between them mean nothing. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replace(/\s/g, ''), 'hex'))
}

/** Records of any type, with names that share their ends. */
export const records: fc.Arbitrary<ResourceRecord> = fc
  .constantFrom(...typedNames)
  .chain((type) =>
    fc.tuple(
      fc.oneof(
        names,
        fc.constantFrom('a.example.', 'b.a.example.', 'A.Example.').map((text) => parseName(text)),
      ),
      valuesOf(type),
      fc.integer({ min: 0, max: 0x7fff_ffff }),
    ),
  )
  .map(([name, value, ttl]) => recordOf(name, ttl, value as unknown as RecordValue))

const bit = fc.boolean()
const few = fc.array(records, { maxLength: 4 })

/** Messages whose every part is drawn. */
export const messages: fc.Arbitrary<Message> = fc
  .record({
    id: fc.integer({ min: 0, max: 0xffff }),
    isResponse: bit,
    opcode: fc.integer({ min: 0, max: 15 }),
    aa: bit,
    tc: bit,
    rd: bit,
    ra: bit,
    z: bit,
    ad: bit,
    cd: bit,
    rcode: fc.integer({ min: 0, max: 15 }),
    questions: fc.array(
      fc.record(
        { name: names, type: fc.integer({ min: 0, max: 0xffff }), class: fc.constantFrom(1, 3, 255) },
        { noNullPrototype: true },
      ),
      { maxLength: 3 },
    ),
    answers: few,
    authorities: few,
    additionals: few,
    edns: fc.option(
      fc.record(
        {
          udpSize: fc.integer({ min: 0, max: 0xffff }),
          version: fc.integer({ min: 0, max: 255 }),
          dnssecOk: bit,
          flags: fc.integer({ min: 0, max: 0x7fff }),
          options: fc.array(
            fc.record(
              { code: fc.integer({ min: 0, max: 0xffff }), data: fc.uint8Array({ maxLength: 20 }) },
              { noNullPrototype: true },
            ),
            { maxLength: 3 },
          ),
        },
        { noNullPrototype: true },
      ),
      { nil: undefined },
    ),
  })
  .map(({ edns, ...message }) => (edns === undefined ? message : Object.assign(message, { edns })))
