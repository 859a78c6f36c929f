/** Zones that hold every rule of answering, hand-written, and drawn ones; signed by BIND's tools where these are here. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { folder } from './folder.js'
import type { ZoneTexts } from './dns-peers.js'

const soa = (origin: string): string =>
  `$ORIGIN ${origin}\n$TTL 3600\n@ SOA ns.${origin} admin.${origin} 7 7200 900 1209600 300\n`

export const rulesZone = `${soa('example.')}
@       NS    ns
@       NS    ns.elsewhere.test.
@       MX    10 mail
@       TXT   "apex"
ns      A     192.0.2.1
ns      AAAA  2001:db8::1
mail    A     192.0.2.2
www     300   A     192.0.2.3
www     300   A     192.0.2.4
www     TXT   "one" "two"
alias   CNAME www
alias2  CNAME alias
out     CNAME www.elsewhere.test.
dangling CNAME nothing
tochild CNAME host.sub
toempty CNAME ent
towild  CNAME a.wild
toother CNAME www.second.
loop1   CNAME loop2
loop2   CNAME loop1
self    CNAME self
*.wild  A     192.0.2.5
*.wild  MX    5 mail
deep.host.wild TXT "stops the wildcard at host.wild"
*.cwild CNAME www
*.nwild CNAME nothing
a.b.ent A     192.0.2.6
x.y.z.ent2 TXT "deep"
sub     NS    ns.sub
sub     NS    ns2.sub
sub     NS    ns
ns.sub  A     192.0.2.7
ns2.sub AAAA  2001:db8::2
host.sub A    192.0.2.8
deleg   NS    ns.far.test.
sibling NS    ns.sub
secure  NS    ns.secure
ns.secure A   192.0.2.9
secure  DS    12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
dn      DNAME target
dn      TXT   "beside"
www.target A  192.0.2.11
cn.target CNAME www
dnout   DNAME elsewhere.test.
dnlong  DNAME aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb.cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc.target.
_sip._tcp SRV 1 2 5060 www
svc     HTTPS 1 www alpn=h2
caa     CAA   0 issue "ca.example"
hinfo   HINFO "cpu" "os"
unknown TYPE65400 \\# 3 010203
\\000odd  TXT  "a byte of zero"
UPPER   A     192.0.2.12
big     TXT   ${Array.from({ length: 12 }, (_, at) => `"${String(at).padStart(3, '0').repeat(60)}"`).join('\nbig TXT ')}
`

export const secondZone = `${soa('second.')}
@       NS    ns
ns      A     192.0.2.21
www     A     192.0.2.22
back    CNAME www.example.
*       TXT   "for all"
sub     A     192.0.2.23
`

export const rulesZones: ZoneTexts = { 'example.': rulesZone, 'second.': secondZone }

/** Names to ask of the zones: those that are there, and others beside, above and below them. */
export function namesFor(zones: ZoneTexts): string[] {
  const names = new Set<string>(['.', 'test.', 'elsewhere.test.'])
  for (const [origin, text] of Object.entries(zones)) {
    names.add(origin)
    for (const line of text.split('\n')) {
      const owner = /^([^\s;$@]+)\s/.exec(line)?.[1]
      if (owner === undefined) continue
      const whole = owner.endsWith('.') ? owner : `${owner}.${origin}`
      for (const before of ['', 'a.', 'a.b.', '*.', 'zz.']) names.add(before + whole)
      for (let at = whole.indexOf('.'); at < whole.length - 1; at = whole.indexOf('.', at + 1)) {
        names.add(whole.slice(at + 1))
        names.add(`nope.${whole.slice(at + 1)}`)
      }
    }
  }
  return [...names].filter((name) => name.length > 0)
}

export type Denial = 'nsec' | 'nsec3' | 'opt-out'

/** The zone, signed by dnssec-signzone with a key of its own. */
export function signed(origin: string, text: string, denial: Denial): string {
  const home = mkdtempSync(join(folder, 'signed-'))
  const run = (program: string, words: readonly string[]): string =>
    execFileSync(program, words, {
      cwd: home,
      env: { PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).toString()
  const key = run('dnssec-keygen', ['-q', '-a', 'ECDSAP256SHA256', '-f', 'KSK', origin]).trim()
  writeFileSync(join(home, 'plain'), `${text}\n${readFileSync(join(home, `${key}.key`), 'utf8')}`)
  const hashed = { nsec: [], nsec3: ['-3', 'abcd', '-H', '3'], 'opt-out': ['-3', '-', '-H', '0', '-A'] }[denial]
  run('dnssec-signzone', ['-z', '-P', '-O', 'full', '-o', origin, '-f', 'out', ...hashed, 'plain', key])
  return readFileSync(join(home, 'out'), 'utf8')
}

/** Seeded numbers below a bound (mulberry32). */
export function seeded(seed: number): (bound: number) => number {
  let state = seed | 0
  return (bound) => {
    state = (state + 0x6d2b_79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound
  }
}

/** A zone drawn from few labels, so that wildcards, cuts, chains and empty non-terminals meet. */
export function drawnZone(seed: number, origin = 'drawn.'): string {
  const below = seeded(seed)
  const labels = ['a', 'b', 'c', '*', 'd']
  const drawName = (): string =>
    Array.from({ length: 1 + below(4) }, (_, at) => labels[below(at === 0 ? 5 : 3)]!).join('.')
  const plain = (): string => drawName().replaceAll('*', 'w')
  const taken = new Map<string, string>()
  const lines = [soa(origin), '@ NS ns', 'ns A 192.0.2.1']
  for (let count = 20 + below(30); count > 0; count--) {
    const name = drawName()
    const kind = (['data', 'data', 'data', 'cname', 'cut', 'cut', 'dname'] as const)[below(7)]!
    const old = taken.get(name)
    if (old !== undefined && !(old === 'data' && kind === 'data')) continue
    // What a wildcard with NS or DNAME means is undefined (RFC 4592 4.2, 4.4).
    if (kind !== 'data' && kind !== 'cname' && name.includes('*')) continue
    // NSD and Knot refuse data below a DNAME.
    const meets = (other: string): boolean => name.endsWith(`.${other}`) && taken.get(other) === 'dname'
    if ([...taken.keys()].some((other) => meets(other) || (kind === 'dname' && other.endsWith(`.${name}`)))) continue
    taken.set(name, kind)
    if (kind === 'data') lines.push(`${name} ${['A 192.0.2.9', 'TXT "t"', 'MX 1 ns'][below(3)]}`)
    else if (kind === 'cname') lines.push(`${name} CNAME ${plain()}`)
    else if (kind === 'dname') lines.push(`${name} DNAME ${plain()}`)
    else {
      lines.push(`${name} NS ns.${name}`, `ns.${name} A 192.0.2.10`)
      if (below(2) === 0) lines.push(`${name} DS 1 13 2 ${'ab'.repeat(32)}`)
    }
  }
  return `${[...new Set(lines)].join('\n')}\n`
}
