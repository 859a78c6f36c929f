// What is served and asked: zones as files, and queries as files of messages, each behind its length in two bytes.

import { createWriteStream, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { root } from '../lib/paths.mjs'

/** Gone at the end. */
export const folder = mkdtempSync(join(tmpdir(), 'lanework-bench-dns-'))
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))

const fixture = (name) => gunzipSync(readFileSync(join(root, 'test/fixtures/dns', name))).toString()
const types = {
  A: 1,
  NS: 2,
  MD: 3,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  DS: 43,
  DNSKEY: 48,
  ANY: 255,
}

/** The labels of a name in text, as bytes; `\\DDD` and `\\X` are what they stand for (RFC 1035 5.1). */
function labelsOf(name) {
  const labels = [[]]
  for (const [, number, character, dot, plain] of name.matchAll(/\\(\d{3})|\\(.)|(\.)|(.)/g)) {
    if (dot !== undefined) labels.push([])
    else labels.at(-1).push(number === undefined ? (character ?? plain).charCodeAt(0) : Number(number))
  }
  return labels.filter((label) => label.length > 0)
}

/** One message (RFC 1035 4.1): a question, and with `edns` an OPT record for 1,232 bytes, with DO or without. */
export function queryOf(name, type, { edns = true, dnssec = false } = {}) {
  const labels = labelsOf(name)
  const number = types[type] ?? Number(/^TYPE(\d+)$/.exec(type)?.[1])
  if (!(number > 0)) throw new Error(`no number is known of the type ${type}`)
  return Buffer.concat([
    Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, edns ? 1 : 0]),
    ...labels.map((label) => Buffer.from([label.length, ...label])),
    Buffer.from([0, number >> 8, number & 255, 0, 1]),
    ...(edns ? [Buffer.from([0, 0, 41, 4, 208, 0, 0, dnssec ? 128 : 0, 0, 0, 0])] : []),
  ])
}

function writeQueries(name, messages) {
  const path = join(folder, name)
  const parts = messages.flatMap((message) => [Buffer.from([message.length >> 8, message.length & 255]), message])
  writeFileSync(path, Buffer.concat(parts))
  return path
}

/** The signed root zone of 2018, and 49,739 queries that a root server got. */
export function rootData() {
  const file = join(folder, 'root.zone')
  const zone = fixture('root.zone.gz')
  writeFileSync(file, zone)
  const asked = fixture('root-queries.txt.gz')
    .trim()
    .split('\n')
    .map((line) => line.split(' '))
  const queries = (name, options) =>
    writeQueries(
      name,
      asked.map(([owner, type]) => queryOf(owner, type, options)),
    )
  return {
    zones: [{ file, origin: '.' }],
    names: new Set(zone.split('\n').map((line) => line.split(/\s/, 1)[0].toLowerCase())).size - 1,
    probe: queryOf('.', 'SOA'),
    plain: queries('root.queries', {}),
    dnssec: queries('root-do.queries', { dnssec: true }),
  }
}

/** Puts the root zone's next version into its file; gives its serial. */
export function nextRootZone({ file }, serial) {
  const text = readFileSync(file, 'latin1')
  const found = /^(\.\s+\d+\s+IN\s+SOA\s+\S+\s+\S+\s+)\d+/m.exec(text)
  writeFileSync(file, text.replace(found[0], `${found[1]}${serial}`), 'latin1')
  return serial
}

/** A zone with nothing in it. */
export function emptyData() {
  const origin = 'empty.example.'
  const file = join(folder, 'empty.zone')
  writeFileSync(file, `$TTL 3600\n@ SOA ns admin 1 7200 900 1209600 300\n@ NS ns.elsewhere.test.\n`)
  return { zones: [{ file, origin }], probe: queryOf(origin, 'SOA') }
}

/** As hostsData, but the queries ask for recursion, and for names that are there. */
export function cachedData(count, queries) {
  return hostsData(count, queries, { missing: 0, recursive: true })
}

/** Seeded numbers below a bound (mulberry32). */
function seeded(seed) {
  let state = seed | 0
  return (bound) => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** A zone of `count` hosts with an address each, every fourth with two, and queries of which 9 % ask for none of them. */
export async function hostsData(count, queries, { missing = 9, recursive = false } = {}) {
  const origin = 'bench.example.'
  const file = join(folder, `${count}.zone`)
  const out = createWriteStream(file)
  out.write(`$ORIGIN ${origin}\n$TTL 3600\n@ SOA ns admin 1 7200 900 1209600 300\n@ NS ns\nns A 192.0.2.1\n`)
  for (let at = 0; at < count;) {
    let text = ''
    for (const end = Math.min(count, at + 10_000); at < end; at++) {
      text += `host${at} A 10.${(at >> 16) & 255}.${(at >> 8) & 255}.${at & 255}\n`
      if (at % 4 === 0) text += `host${at} AAAA 2001:db8::${(at & 0xffff).toString(16)}\n`
    }
    if (!out.write(text)) await once(out, 'drain')
  }
  out.end()
  await once(out, 'close')
  const below = seeded(7)
  const messages = Array.from({ length: queries }, () => {
    const host = below(count)
    const isMissing = below(100) < missing
    const type = host % 4 === 0 && below(2) === 0 ? 'AAAA' : 'A'
    const query = queryOf(`${isMissing ? 'no' : 'host'}${host}.${origin}`, type)
    if (recursive) query[2] = 1
    return query
  })
  const probe = queryOf(origin, 'SOA')
  if (recursive) probe[2] = 1
  return {
    zones: [{ file, origin }],
    names: count,
    probe,
    queries: writeQueries(`${count}${recursive ? '-recursive' : ''}.queries`, messages),
  }
}
