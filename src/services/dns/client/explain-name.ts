/**
 * Says in words how zones answer a question: which zone, what stands there, where aliases lead, and why there is nothing
 * (RFC 1034 4.3.2). For people; the engine in answer/ gives the answer itself.
 */
import { found, Match } from '../answer/match.ts'
import { ZoneSet } from '../answer/zone-set.ts'
import { formatName, type Name, parseName, sameName } from '../wire/name.ts'
import { recordValue, type ResourceRecord } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import type { ZoneImage } from '../zone/image.ts'
import { HashedName } from '../zone/name-hash.ts'
import type { Zone } from '../zone/zone.ts'

/** What decides at one name. */
export interface ExplainStep {
  readonly kind:
    /** No zone holds the name. */
    | 'no-zone'
    /** The name has such records, or those of a wildcard. */
    | 'data'
    | 'alias'
    /** A DNAME above the name leads elsewhere. */
    | 'redirect'
    /** Other servers answer for the name. */
    | 'delegation'
    /** The name exists without such records. */
    | 'no-data'
    | 'no-name'
    /** Aliases go round, or on for too long. */
    | 'loop'
  /** The name that is looked at, with a dot at its end. */
  readonly name: string
  /** The zone that it lies in; undefined for `no-zone`. */
  readonly zone: string | undefined
  /** A sentence. */
  readonly because: string
  /** The records that it is so for. */
  readonly records: readonly ResourceRecord[]
}

const stepsLimit = 17

/**
 * The steps from a question to its answer, one a name: more than one where there are aliases. Throws DNS_DATA_INVALID for an alias
 * whose data is none.
 *
 * @example
 * for (const { because } of explainName([zone], parseName('ftp.example.lan.'), dnsType.A)) console.log(because)
 */
export function explainName(zones: readonly Zone[], name: Name, type: number): ExplainStep[] {
  const set = new ZoneSet(zones)
  const steps: ExplainStep[] = []
  const seen: Name[] = []
  for (let at: Name | undefined = name; at !== undefined;) {
    const here: Name = at
    if (seen.some((each) => sameName(each, here)) || steps.length === stepsLimit) {
      steps.push({
        ...stepAt(here, undefined),
        kind: 'loop',
        because: `${formatName(here)} was there before, or the way is too long`,
      })
      break
    }
    seen.push(here)
    const [step, next]: [ExplainStep, Name | undefined] = explainStep(set, here, type)
    steps.push(step)
    at = next
  }
  return steps
}

function stepAt(name: Name, image: ZoneImage | undefined) {
  return { name: formatName(name), zone: image === undefined ? undefined : formatName(image.origin), records: [] }
}

/** What decides at a name, and the name to go on with. */
function explainStep(set: ZoneSet, name: Name, type: number): [ExplainStep, Name | undefined] {
  const hashed = new HashedName().takeName(name)
  const image = set.zoneOf(hashed, type)
  const text = formatName(name)
  if (image === undefined) {
    return [{ ...stepAt(name, image), kind: 'no-zone', because: `no zone here holds ${text}` }, undefined]
  }
  const match = new Match()
  match.find(image, hashed, type)
  const base = stepAt(name, image)
  const deciding = image.nameOf(match.node)
  const owner = formatName(deciding)
  switch (match.kind) {
    case found.referral: {
      const records = recordsAt(image, match.node, dnsType.NS)
      const hosts = records.map(targetText).join(', ')
      const because = `${owner} is a zone of its own; its servers answer: ${hosts}`
      return [{ ...base, kind: 'delegation', records, because }, undefined]
    }
    case found.dname:
      return redirected(image, name, match, type, base)
    case found.nothing: {
      const because = `${text} does not exist: below ${formatName(image.nameOf(match.encloser))} there is no such name, and no wildcard`
      return [{ ...base, kind: 'no-name', because }, undefined]
    }
    default:
      return atNode(image, name, match, type, base)
  }
}

type Base = ReturnType<typeof stepAt>

function redirected(
  image: ZoneImage,
  name: Name,
  match: Match,
  type: number,
  base: Base,
): [ExplainStep, Name | undefined] {
  const owner = image.nameOf(match.node)
  const records = recordsAt(image, match.node, dnsType.DNAME)
  const target = parseName(targetText(records[0]!))
  const whole = Uint8Array.of(...name.subarray(0, name.length - owner.length), ...target)
  const leads = `all names below ${formatName(owner)} are those below ${formatName(target)} (DNAME)`
  if (whole.length > 255)
    return [{ ...base, kind: 'loop', records, because: `${leads}, but that name is too long` }, undefined]
  const because = `${leads}, so it is ${formatName(whole)}`
  // The CNAME that is made of it is an answer itself (RFC 6672 3.2).
  return [{ ...base, kind: 'redirect', records, because }, type === dnsType.CNAME ? undefined : whole]
}

function atNode(image: ZoneImage, name: Name, match: Match, type: number, base: Base): [ExplainStep, Name | undefined] {
  const text = formatName(name)
  const owner = formatName(image.nameOf(match.node))
  const isWildcard = match.kind === found.wildcard
  const by = isWildcard ? `${text} does not exist, so ${owner} stands for it: ` : ''
  const asked = type === dnsType.ANY ? typesAt(image, match.node) : [type]
  const wanted = asked.flatMap((each) => recordsAt(image, match.node, each))
  const what = typeName(type)
  if (wanted.length > 0) {
    const because = `${by}${isWildcard ? 'it' : text} has ${wanted.length === 1 ? 'a record' : `${wanted.length} records`} of type ${what}`
    return [{ ...base, kind: 'data', records: wanted, because }, undefined]
  }
  const alias = recordsAt(image, match.node, dnsType.CNAME)
  if (alias[0] !== undefined) {
    const target = targetText(alias[0])
    const because = `${by}${isWildcard ? 'it' : text} is another name for ${target} (CNAME)`
    return [{ ...base, kind: 'alias', records: alias, because }, parseName(target)]
  }
  const types = typesAt(image, match.node).map(typeName)
  const instead = types.length > 0 ? `it has ${types.join(', ')}` : 'there are only names below it'
  return [{ ...base, kind: 'no-data', because: `${by}${text} has no record of type ${what}; ${instead}` }, undefined]
}

/** Records of one type at a node, owned by the node's name, without their signatures. */
function recordsAt(image: ZoneImage, node: number, type: number): ResourceRecord[] {
  const at = image.setOf(node, type)
  return at === 0 ? [] : [...image.recordsOf(at, image.nameOf(node))].filter((record) => record.type === type)
}

function typesAt(image: ZoneImage, node: number): number[] {
  const types: number[] = []
  let at = image.firstSet(node)
  for (let left = image.setCount(node); left > 0; left--) {
    types.push(image.typeOf(at))
    at = image.nextSet(at)
  }
  return types
}

function targetText(record: ResourceRecord): string {
  const value = recordValue(record)
  if (value.type === 'CNAME' || value.type === 'DNAME') return value.target
  return value.type === 'NS' ? value.host : ''
}
