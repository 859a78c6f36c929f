/**
 * Lines of lists that name hosts, as found on the net:
 *
 *   0.0.0.0 ads.example other.example    a hosts file: these names
 *   ads.example                          a list of domains: the name, and all below it
 *   *.ads.example                        all below it
 *   ||ads.example^                       a rule of ad blockers: the name, and all below it
 *   @@||ads.example^                     neither of them, whatever else is said
 *   # and ! begin comments
 */
import { isLaneworkError } from '../../../core/index.ts'
import { parseIpv4, parseIpv6 } from '../wire/addresses.ts'
import { type Name, parseName } from '../wire/name.ts'

/** A name of a list, and what of it is meant. */
export interface ListedName {
  readonly name: Name
  readonly itself: boolean
  readonly below: boolean
  /** The rule takes names out of others. */
  readonly isException: boolean
}

/** A line of a hosts file. */
export interface HostLine {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array
  readonly names: readonly Name[]
}

/** Names that stand in hosts files for the machine itself, and are in nobody's block list for another reason. */
const ownNames: ReadonlySet<string> = new Set([
  'localhost',
  'localhost.localdomain',
  'local',
  'broadcasthost',
  'ip6-localhost',
  'ip6-loopback',
  'ip6-localnet',
  'ip6-mcastprefix',
  'ip6-allnodes',
  'ip6-allrouters',
  'ip6-allhosts',
  '0.0.0.0',
])

/** What a line of a block list or allow list names; undefined for one that is no such rule. Empty for comments and blank lines. */
export function listLine(line: string): readonly ListedName[] | undefined {
  const text = withoutComment(line)
  if (text === '') return []
  if (text.startsWith('||') || text.startsWith('@@||')) return adRule(text)
  // What is hidden in pages.
  if (/#[@?$]?#/.test(text)) return undefined
  const words = text.split(/\s+/)
  const [first = '', ...others] = words
  if (others.length > 0) {
    if (addressOf(first) === undefined) return undefined
    const names = others.filter((word) => !ownNames.has(word.toLowerCase()))
    return allNamed(names.map((word) => listed(word, true, false)))
  }
  // A lone address is no name.
  if (addressOf(first) !== undefined) return undefined
  if (first.startsWith('*.')) return allNamed([listed(first.slice(2), false, true)])
  return allNamed([listed(first, true, true)])
}

/** An address and its names; undefined for what is no such line, null for comments and blank lines. */
export function hostLine(line: string): HostLine | null | undefined {
  const text = line.replace(/#.*$/, '').trim()
  if (text === '') return null
  const [first = '', ...others] = text.split(/\s+/)
  const address = addressOf(first)
  const names = others.map(nameOf)
  if (address === undefined || names.length === 0 || names.includes(undefined)) return undefined
  return { address, names: names as Name[] }
}

/** Rules for whole domains; those with paths, wildcards or conditions are for browsers and say nothing about names. */
function adRule(text: string): readonly ListedName[] | undefined {
  const match = /^(@@)?\|\|([^^/*$|]+)\^?(?:\$important)?\|?$/.exec(text)
  if (match === null) return undefined
  const [, exception, name = ''] = match
  return allNamed([listed(name, true, true, exception !== undefined)])
}

function listed(text: string, itself: boolean, below: boolean, isException = false): ListedName | undefined {
  const name = plainName(text)
  return name === undefined ? undefined : { name, itself, below, isException }
}

function allNamed(found: readonly (ListedName | undefined)[]): readonly ListedName[] | undefined {
  return found.includes(undefined) ? undefined : (found as ListedName[])
}

const plainLabels = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?$/i

/** A name of letters, digits, hyphens and underscores; a list has a million, so in one pass. */
function plainName(text: string): Name | undefined {
  const end = text.endsWith('.') ? text.length - 1 : text.length
  if (end > 253 || !plainLabels.test(text)) return undefined
  const name = new Uint8Array(end + 2)
  let label = 0
  for (let at = 0; at <= end; at++) {
    const code = at === end ? 0x2e : text.charCodeAt(at)
    if (code !== 0x2e) {
      name[at + 1] = code
      continue
    }
    if (at - label > 63) return undefined
    name[label] = at - label
    label = at + 1
  }
  return name
}

function nameOf(text: string): Name | undefined {
  try {
    return parseName(text)
  } catch (error) {
    if (isLaneworkError(error, 'DNS_NAME_INVALID')) return undefined
    throw error
  }
}

function addressOf(text: string): Uint8Array | undefined {
  return parseIpv4(text) ?? parseIpv6(text.replace(/%.*$/, ''))
}

function withoutComment(line: string): string {
  if (line.startsWith('!') || line.startsWith('[')) return ''
  return line.replace(/(^|\s)#.*$/, '').trim()
}
