// The tables of docs/zone-files.md: record types with their fields, and the rules of `lanework dns check`.

/** How each kind of field is written in a zone file, and what it is as a value. */
const kindTexts = {
  u8: ['0 to 255', 'number'],
  u16: ['0 to 65535', 'number'],
  u32: ['0 to 4294967295', 'number'],
  u48: ['0 to 2^48 - 1', 'number'],
  seconds: ['seconds, or `1h30m`', 'number'],
  time: ['`YYYYMMDDHHmmSS` in UTC, or seconds since 1970', 'number of seconds since 1970'],
  algorithm: ['number or name of an algorithm', 'number'],
  certType: ['number, or `PKIX` and the like', 'number'],
  type: ['a type', 'its name'],
  types: ['types', 'their names'],
  packedName: ['a name', 'its text, absolute'],
  onceName: ['a name', 'its text, absolute'],
  name: ['a name', 'its text, absolute'],
  ipv4: ['`192.0.2.1`', 'the same'],
  ipv6: ['`2001:db8::1`', 'the same, in its short form'],
  string: ['a text of at most 255 bytes', 'string, a character a byte'],
  word: ['letters and digits', 'the same'],
  strings: ['texts of at most 255 bytes each', 'array of strings, a character a byte'],
  text: ['a text', 'string, a character a byte'],
  base64: ['base64, in as many words as wanted', 'bytes'],
  hex: ['hexadecimal digits, in as many words as wanted', 'bytes'],
  counted: ['number of bytes, then base64', 'bytes'],
  salt: ['hexadecimal digits, or `-`', 'bytes'],
  hash: ['base32 (extended hex)', 'bytes'],
  eui48: ['`00-00-5e-00-53-2a`', 'the same'],
  eui64: ['`00-00-5e-ef-10-00-00-2a`', 'the same'],
  node64: ['`0014:4fff:ff20:ee64`', 'the same'],
  location: ['`42 21 54 N 71 6 18 W -24m 30m`', 'object (`latitudeMas`, `longitudeMas`, `altitudeCm`, sizes)'],
  prefixes: ['`1:192.0.2.0/24 !2:2001:db8::/32`', 'array of objects (`family`, `address`, `prefix`, `negated`)'],
  params: ['`alpn=h2,h3 port=8443`', 'object (`alpn`, `port`, `ipv4hint`, ..., `others`)'],
  gateway: ['`.`, an address or a name, as `gatewayType` says', 'the same'],
}

/** The page with its two tables written anew; the text around them is written by hand. */
export function zonesPage(page, { recordTypes }, zoneRules, markdownTable) {
  const types = Object.entries(recordTypes).map(([type, { number, fields }]) => [
    type,
    String(number),
    fields.map(([name, kind]) => `\`${name}\` ${kindOf(kind)[0]}`).join(', '),
  ])
  const used = [...new Set(Object.values(recordTypes).flatMap(({ fields }) => fields.map(([, kind]) => kind)))]
  const kinds = [...new Map(used.map((kind) => [kindOf(kind)[0], kindOf(kind)[1]]))]
  const rules = Object.entries(zoneRules).map(([rule, { severity, text }]) => [`\`${rule}\``, severity, text])
  const tables = {
    types: markdownTable(['type', 'number', 'data, field after field'], types),
    kinds: markdownTable(['in a zone file', 'in `recordValue`'], kinds),
    rules: markdownTable(['rule', '', 'what it finds'], rules),
  }
  return Object.entries(tables).reduce((text, [name, table]) => replaced(text, name, table), page)
}

function kindOf(kind) {
  const text = kindTexts[kind]
  if (text === undefined) throw new Error(`tools/zones.mjs does not say how the kind ${kind} is written`)
  return text
}

function replaced(page, name, table) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`]
  const [start, stop] = [page.indexOf(begin), page.indexOf(end)]
  if (start < 0 || stop < start) throw new Error(`docs/zone-files.md has no place for the table of ${name}`)
  return `${page.slice(0, start + begin.length)}\n\n${table}\n${page.slice(stop)}`
}
