/**
 * Numbers that DNS gives names to, besides record types: classes, opcodes, response codes, EDNS options, extended errors. From
 * IANA's registries "Domain Name System (DNS) Parameters".
 */

/** Classes (RFC 1035 3.2.4, RFC 2136 for NONE, RFC 6895). */
export const dnsClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const

/** Opcodes (RFC 6895 2.2). */
export const opcode = { QUERY: 0, IQUERY: 1, STATUS: 2, NOTIFY: 4, UPDATE: 5, DSO: 6 } as const

/** Response codes, the extended ones among them (RFC 6895 2.3). 16 is BADVERS in OPT and BADSIG in TSIG. */
export const rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  DSOTYPENI: 11,
  BADVERS: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADMODE: 19,
  BADNAME: 20,
  BADALG: 21,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const

/** EDNS options (RFC 6891 and those that define them). */
export const ednsCode = {
  LLQ: 1,
  UL: 2,
  NSID: 3,
  DAU: 5,
  DHU: 6,
  N3U: 7,
  ECS: 8,
  EXPIRE: 9,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  CHAIN: 13,
  KEYTAG: 14,
  EDE: 15,
  REPORTCHANNEL: 18,
  ZONEVERSION: 19,
} as const

/** Extended errors (RFC 8914 5.2 and its registry). */
export const edeCode = {
  Other: 0,
  UnsupportedDnskeyAlgorithm: 1,
  UnsupportedDsDigestType: 2,
  StaleAnswer: 3,
  ForgedAnswer: 4,
  DnssecIndeterminate: 5,
  DnssecBogus: 6,
  SignatureExpired: 7,
  SignatureNotYetValid: 8,
  DnskeyMissing: 9,
  RrsigsMissing: 10,
  NoZoneKeyBitSet: 11,
  NsecMissing: 12,
  CachedError: 13,
  NotReady: 14,
  Blocked: 15,
  Censored: 16,
  Filtered: 17,
  Prohibited: 18,
  StaleNxdomainAnswer: 19,
  NotAuthoritative: 20,
  NotSupported: 21,
  NoReachableAuthority: 22,
  NetworkError: 23,
  InvalidData: 24,
  SignatureExpiredBeforeValid: 25,
  TooEarly: 26,
  UnsupportedNsec3IterationsValue: 27,
  UnableToConformToPolicy: 28,
  Synthesized: 29,
} as const

function namesOf(table: Readonly<Record<string, number>>): ReadonlyMap<number, string> {
  return new Map(Object.entries(table).map(([name, number]) => [number, name]))
}

const [classNames, opcodeNames, rcodeNames] = [namesOf(dnsClass), namesOf(opcode), namesOf(rcode)]
const [ednsNames, edeNames] = [namesOf(ednsCode), namesOf(edeCode)]

/** `IN`, or `CLASS` and the number where it has no name (RFC 3597 5). */
export function className(number: number): string {
  return classNames.get(number) ?? `CLASS${number}`
}

/** The number of a class by its name in either case, `CLASS32` among them; undefined where there is none. */
export function classNumber(name: string): number | undefined {
  const upper = name.toUpperCase()
  return Object.hasOwn(dnsClass, upper) ? dnsClass[upper as keyof typeof dnsClass] : numberAfter('CLASS', upper)
}

/** `QUERY`, or `OPCODE` and the number. */
export function opcodeName(number: number): string {
  return opcodeNames.get(number) ?? `OPCODE${number}`
}

/** `NXDOMAIN`, or `RCODE` and the number. */
export function rcodeName(number: number): string {
  return rcodeNames.get(number) ?? `RCODE${number}`
}

/** `COOKIE`, or `OPTION` and the number. */
export function ednsName(number: number): string {
  return ednsNames.get(number) ?? `OPTION${number}`
}

/** `NotReady`, or `EDE` and the number. */
export function edeName(number: number): string {
  return edeNames.get(number) ?? `EDE${number}`
}

/** The number of `TYPE123` and the like, 0 to 65,535; undefined for anything else. */
export function numberAfter(prefix: string, text: string): number | undefined {
  if (!text.startsWith(prefix)) return undefined
  const digits = text.slice(prefix.length)
  const number = /^\d{1,5}$/.test(digits) ? Number(digits) : NaN
  return number <= 0xffff ? number : undefined
}
