/**
 * The table of record types: each with its number and its data, field after field, each field with its name and its kind. From this
 * one table data is read, written, typed, printed and parsed; kinds.ts says what each kind is in a message, and text/ what it is in
 * zone files.
 *
 * Names come in three kinds (RFC 3597 4): `packedName` may be compressed (the types of RFC 1035), `onceName` is written
 * in full but may come compressed, `name` is never compressed.
 */
export const recordTypes = {
  A: { number: 1, fields: [['address', 'ipv4']] },
  NS: { number: 2, fields: [['host', 'packedName']] },
  MD: { number: 3, fields: [['host', 'packedName']] },
  MF: { number: 4, fields: [['host', 'packedName']] },
  CNAME: { number: 5, fields: [['target', 'packedName']] },
  SOA: {
    number: 6,
    fields: [
      ['primary', 'packedName'],
      ['mailbox', 'packedName'],
      ['serial', 'u32'],
      ['refresh', 'seconds'],
      ['retry', 'seconds'],
      ['expire', 'seconds'],
      ['minimum', 'seconds'],
    ],
  },
  MB: { number: 7, fields: [['host', 'packedName']] },
  MG: { number: 8, fields: [['mailbox', 'packedName']] },
  MR: { number: 9, fields: [['mailbox', 'packedName']] },
  PTR: { number: 12, fields: [['target', 'packedName']] },
  // RFC 1035 3.3.2
  HINFO: {
    number: 13,
    fields: [
      ['cpu', 'string'],
      ['os', 'string'],
    ],
  },
  MINFO: {
    number: 14,
    fields: [
      ['mailbox', 'packedName'],
      ['errors', 'packedName'],
    ],
  },
  MX: {
    number: 15,
    fields: [
      ['preference', 'u16'],
      ['exchange', 'packedName'],
    ],
  },
  TXT: { number: 16, fields: [['texts', 'strings']] },
  // RFC 1183
  RP: {
    number: 17,
    fields: [
      ['mailbox', 'onceName'],
      ['text', 'onceName'],
    ],
  },
  AFSDB: {
    number: 18,
    fields: [
      ['subtype', 'u16'],
      ['host', 'onceName'],
    ],
  },
  X25: { number: 19, fields: [['address', 'string']] },
  ISDN: { number: 20, fields: [['texts', 'strings']] },
  RT: {
    number: 21,
    fields: [
      ['preference', 'u16'],
      ['host', 'onceName'],
    ],
  },
  // RFC 2535, as SIG(0) of RFC 2931 uses it
  SIG: {
    number: 24,
    fields: [
      ['covered', 'type'],
      ['algorithm', 'algorithm'],
      ['labels', 'u8'],
      ['originalTtl', 'seconds'],
      ['expiration', 'time'],
      ['inception', 'time'],
      ['keyTag', 'u16'],
      ['signer', 'onceName'],
      ['signature', 'base64'],
    ],
  },
  KEY: {
    number: 25,
    fields: [
      ['flags', 'u16'],
      ['protocol', 'u8'],
      ['algorithm', 'algorithm'],
      ['key', 'base64'],
    ],
  },
  // RFC 2163
  PX: {
    number: 26,
    fields: [
      ['preference', 'u16'],
      ['map822', 'onceName'],
      ['mapX400', 'onceName'],
    ],
  },
  AAAA: { number: 28, fields: [['address', 'ipv6']] },
  // RFC 1876
  LOC: { number: 29, fields: [['location', 'location']] },
  // RFC 2782
  SRV: {
    number: 33,
    fields: [
      ['priority', 'u16'],
      ['weight', 'u16'],
      ['port', 'u16'],
      ['target', 'onceName'],
    ],
  },
  // RFC 3403
  NAPTR: {
    number: 35,
    fields: [
      ['order', 'u16'],
      ['preference', 'u16'],
      ['flags', 'string'],
      ['services', 'string'],
      ['regexp', 'string'],
      ['replacement', 'onceName'],
    ],
  },
  // RFC 2230
  KX: {
    number: 36,
    fields: [
      ['preference', 'u16'],
      ['exchanger', 'name'],
    ],
  },
  // RFC 4398
  CERT: {
    number: 37,
    fields: [
      ['certType', 'certType'],
      ['keyTag', 'u16'],
      ['algorithm', 'algorithm'],
      ['certificate', 'base64'],
    ],
  },
  // RFC 6672
  DNAME: { number: 39, fields: [['target', 'name']] },
  // RFC 3123
  APL: { number: 42, fields: [['prefixes', 'prefixes']] },
  // RFC 4034, with 3658 for the numbers
  DS: {
    number: 43,
    fields: [
      ['keyTag', 'u16'],
      ['algorithm', 'algorithm'],
      ['digestType', 'u8'],
      ['digest', 'hex'],
    ],
  },
  // RFC 4255
  SSHFP: {
    number: 44,
    fields: [
      ['algorithm', 'u8'],
      ['fingerprintType', 'u8'],
      ['fingerprint', 'hex'],
    ],
  },
  // RFC 4025
  IPSECKEY: {
    number: 45,
    fields: [
      ['precedence', 'u8'],
      ['gatewayType', 'u8'],
      ['algorithm', 'u8'],
      ['gateway', 'gateway'],
      ['key', 'base64'],
    ],
  },
  RRSIG: {
    number: 46,
    fields: [
      ['covered', 'type'],
      ['algorithm', 'algorithm'],
      ['labels', 'u8'],
      ['originalTtl', 'seconds'],
      ['expiration', 'time'],
      ['inception', 'time'],
      ['keyTag', 'u16'],
      ['signer', 'name'],
      ['signature', 'base64'],
    ],
  },
  NSEC: {
    number: 47,
    fields: [
      ['next', 'name'],
      ['types', 'types'],
    ],
  },
  DNSKEY: {
    number: 48,
    fields: [
      ['flags', 'u16'],
      ['protocol', 'u8'],
      ['algorithm', 'algorithm'],
      ['key', 'base64'],
    ],
  },
  // RFC 4701
  DHCID: { number: 49, fields: [['data', 'base64']] },
  // RFC 5155
  NSEC3: {
    number: 50,
    fields: [
      ['hashAlgorithm', 'u8'],
      ['flags', 'u8'],
      ['iterations', 'u16'],
      ['salt', 'salt'],
      ['next', 'hash'],
      ['types', 'types'],
    ],
  },
  NSEC3PARAM: {
    number: 51,
    fields: [
      ['hashAlgorithm', 'u8'],
      ['flags', 'u8'],
      ['iterations', 'u16'],
      ['salt', 'salt'],
    ],
  },
  // RFC 6698
  TLSA: {
    number: 52,
    fields: [
      ['usage', 'u8'],
      ['selector', 'u8'],
      ['matching', 'u8'],
      ['association', 'hex'],
    ],
  },
  // RFC 8162
  SMIMEA: {
    number: 53,
    fields: [
      ['usage', 'u8'],
      ['selector', 'u8'],
      ['matching', 'u8'],
      ['association', 'hex'],
    ],
  },
  // RFC 7344
  CDS: {
    number: 59,
    fields: [
      ['keyTag', 'u16'],
      ['algorithm', 'algorithm'],
      ['digestType', 'u8'],
      ['digest', 'hex'],
    ],
  },
  CDNSKEY: {
    number: 60,
    fields: [
      ['flags', 'u16'],
      ['protocol', 'u8'],
      ['algorithm', 'algorithm'],
      ['key', 'base64'],
    ],
  },
  // RFC 7929
  OPENPGPKEY: { number: 61, fields: [['key', 'base64']] },
  // RFC 7477
  CSYNC: {
    number: 62,
    fields: [
      ['serial', 'u32'],
      ['flags', 'u16'],
      ['types', 'types'],
    ],
  },
  // RFC 8976
  ZONEMD: {
    number: 63,
    fields: [
      ['serial', 'u32'],
      ['scheme', 'u8'],
      ['hashAlgorithm', 'u8'],
      ['digest', 'hex'],
    ],
  },
  // RFC 9460
  SVCB: {
    number: 64,
    fields: [
      ['priority', 'u16'],
      ['target', 'name'],
      ['params', 'params'],
    ],
  },
  HTTPS: {
    number: 65,
    fields: [
      ['priority', 'u16'],
      ['target', 'name'],
      ['params', 'params'],
    ],
  },
  // RFC 7208
  SPF: { number: 99, fields: [['texts', 'strings']] },
  // RFC 6742
  NID: {
    number: 104,
    fields: [
      ['preference', 'u16'],
      ['nodeId', 'node64'],
    ],
  },
  L32: {
    number: 105,
    fields: [
      ['preference', 'u16'],
      ['locator', 'ipv4'],
    ],
  },
  L64: {
    number: 106,
    fields: [
      ['preference', 'u16'],
      ['locator', 'node64'],
    ],
  },
  LP: {
    number: 107,
    fields: [
      ['preference', 'u16'],
      ['fqdn', 'name'],
    ],
  },
  // RFC 7043
  EUI48: { number: 108, fields: [['address', 'eui48']] },
  EUI64: { number: 109, fields: [['address', 'eui64']] },
  // RFC 2930
  TKEY: {
    number: 249,
    fields: [
      ['algorithm', 'name'],
      ['inception', 'u32'],
      ['expiration', 'u32'],
      ['mode', 'u16'],
      ['error', 'u16'],
      ['key', 'counted'],
      ['other', 'counted'],
    ],
  },
  // RFC 8945
  TSIG: {
    number: 250,
    fields: [
      ['algorithm', 'name'],
      ['time', 'u48'],
      ['fudge', 'u16'],
      ['mac', 'counted'],
      ['originalId', 'u16'],
      ['error', 'u16'],
      ['other', 'counted'],
    ],
  },
  // RFC 7553
  URI: {
    number: 256,
    fields: [
      ['priority', 'u16'],
      ['weight', 'u16'],
      ['target', 'text'],
    ],
  },
  // RFC 8659
  CAA: {
    number: 257,
    fields: [
      ['flags', 'u8'],
      ['tag', 'word'],
      ['value', 'text'],
    ],
  },
  // RFC 9606
  RESINFO: { number: 261, fields: [['texts', 'strings']] },
  WALLET: { number: 262, fields: [['texts', 'strings']] },
} as const
