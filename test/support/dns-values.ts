/** Drawn names and values of DNS, for property tests: a value for every kind of field, and so for every record type. */
import fc from 'fast-check'
import { recordTypes } from '#lanework/services/dns/wire/record-types.js'
import { typeName } from '#lanework/services/dns/wire/types.js'
import type { KindName } from '#lanework/services/dns/wire/kinds.js'
import { formatName, type Name, parseName, type TypeName } from '#lanework/services/dns/index.js'

/** Objects as literals are, of drawn fields. */
function record<T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }, requiredKeys?: []): fc.Arbitrary<Partial<T>> {
  return fc.record(fields, {
    noNullPrototype: true,
    ...(requiredKeys === undefined ? {} : { requiredKeys }),
  }) as fc.Arbitrary<Partial<T>>
}

const label = fc.uint8Array({ minLength: 1, maxLength: 63 })
const shortLabel = fc.uint8Array({ minLength: 1, maxLength: 6 })

/** Names of any bytes, up to the very longest. */
export const names: fc.Arbitrary<Name> = fc
  .array(fc.oneof({ weight: 4, arbitrary: shortLabel }, { weight: 1, arbitrary: label }), { maxLength: 127 })
  .map((labels) => {
    const bytes: number[] = []
    for (const one of labels) if (bytes.length + one.length + 2 <= 255) bytes.push(one.length, ...one)
    return Uint8Array.of(...bytes, 0)
  })

const nameText = names.map(formatName)
const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength })
const text = (minLength: number, maxLength: number): fc.Arbitrary<string> =>
  bytes(minLength, maxLength).map((one) => Buffer.from(one).toString('latin1'))
const word = fc.stringMatching(/^[0-9A-Za-z]{1,15}$/)
const u8 = fc.integer({ min: 0, max: 0xff })
const u16 = fc.integer({ min: 0, max: 0xffff })
const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const hexGroups = (count: number, size: number, sign: string): fc.Arbitrary<string> =>
  bytes(count * size, count * size).map((one) =>
    (
      Buffer.from(one)
        .toString('hex')
        .match(new RegExp(`.{${size * 2}}`, 'g')) ?? []
    ).join(sign),
  )
const ipv4 = bytes(4, 4).map((one) => one.join('.'))
const types = fc.uniqueArray(u16, { maxLength: 12 }).map((all) => all.toSorted((a, b) => a - b).map(typeName))
const someBytes = bytes(1, 300)
const size = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }))
  .map(([digit, power]) => digit * 10 ** power)
const location = record({
  latitudeMas: fc.integer({ min: -324_000_000, max: 324_000_000 }),
  longitudeMas: fc.integer({ min: -648_000_000, max: 648_000_000 }),
  altitudeCm: fc.integer({ min: -10_000_000, max: 4_284_967_295 }),
  sizeCm: fc.oneof(fc.constant(0), size),
  horizontalCm: size,
  verticalCm: size,
})

// The text of an IPv6 address is canonical where it has been an address before.
const ipv6 = fc
  .oneof(bytes(16, 16), fc.array(fc.constantFrom(0, 0, 0, 1, 0xff), { minLength: 16, maxLength: 16 }))
  .map((one) =>
    new URL(
      `http://[${Array.from({ length: 8 }, (_, at) => (one[at * 2]! * 256 + one[at * 2 + 1]!).toString(16)).join(':')}]`,
    ).hostname.slice(1, -1),
  )

const prefix = fc.oneof(
  record({ family: fc.constant(4), address: ipv4, prefix: fc.integer({ min: 0, max: 32 }), negated: fc.boolean() }),
  record({
    family: fc.constant(6),
    address: fc.constantFrom('::', '2001:db8::', 'fe80::1'),
    prefix: fc.integer({ min: 0, max: 128 }),
    negated: fc.boolean(),
  }),
)

const alpn = fc.array(text(1, 12), { minLength: 1, maxLength: 4 })
const params = record(
  {
    alpn,
    port: u16,
    ipv4hint: fc.array(ipv4, { minLength: 1, maxLength: 3 }),
    ech: bytes(1, 40),
    ipv6hint: fc.array(fc.constantFrom('2001:db8::1', '::1'), { minLength: 1, maxLength: 2 }),
    dohpath: text(1, 30),
    ohttp: fc.constant(true),
    others: fc
      .uniqueArray(record({ key: fc.integer({ min: 9, max: 65_534 }), value: bytes(0, 30) }), {
        selector: (one) => one.key ?? 0,
        minLength: 1,
        maxLength: 3,
      })
      .map((all) => all.toSorted((a, b) => (a.key ?? 0) - (b.key ?? 0))),
  },
  [],
)
const fullParams = fc.oneof(
  params,
  record({ alpn, noDefaultAlpn: fc.constant(true), mandatory: fc.constant(['alpn']) }),
)

/** A value of each kind; a gateway's is chosen with its type. */
export const kindArbitraries: Readonly<Record<KindName, fc.Arbitrary<unknown>>> = {
  u8,
  u16,
  u32,
  u48: fc.integer({ min: 0, max: 0xffff_ffff_ffff }),
  seconds: u32,
  time: u32,
  algorithm: u8,
  certType: u16,
  type: u16.map(typeName),
  types,
  packedName: nameText,
  onceName: nameText,
  name: nameText,
  ipv4,
  ipv6,
  string: text(0, 255),
  word,
  strings: fc.array(text(0, 255), { minLength: 1, maxLength: 4 }),
  text: text(0, 600),
  base64: someBytes,
  hex: someBytes,
  counted: bytes(0, 100),
  salt: bytes(0, 255),
  hash: bytes(1, 255),
  eui48: hexGroups(6, 1, '-'),
  eui64: hexGroups(8, 1, '-'),
  node64: hexGroups(4, 2, ':'),
  location,
  prefixes: fc.array(prefix, { maxLength: 4 }),
  params: fullParams,
  gateway: fc.constant('.'),
}

const gateways = fc.oneof(
  record({ gatewayType: fc.constant(0), gateway: fc.constant('.') }),
  record({ gatewayType: fc.constant(1), gateway: ipv4 }),
  record({ gatewayType: fc.constant(2), gateway: ipv6 }),
  record({ gatewayType: fc.constant(3), gateway: nameText }),
)

export const typedNames = Object.keys(recordTypes) as TypeName[]

/** A drawn value of a type, as recordValue gives it. */
export function valuesOf(type: TypeName): fc.Arbitrary<Record<string, unknown>> {
  const fields = recordTypes[type].fields.map(([field, kind]) => [field, kindArbitraries[kind]] as const)
  const value = record({ type: fc.constant(type), ...Object.fromEntries(fields) })
  return type === 'IPSECKEY' ? fc.tuple(value, gateways).map(([one, gateway]) => Object.assign(one, gateway)) : value
}

/** A name from text, or below an origin's text. */
export function nameOf(text: string, origin?: string): Name {
  return parseName(text, origin === undefined ? undefined : parseName(origin))
}
