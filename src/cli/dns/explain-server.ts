/** Who answers for a name, by asking a server: where zones begin on the way from the root down, and what it says in the end. */
import {
  formatData,
  formatName,
  type Message,
  type Name,
  parentOf,
  parseName,
  rcode,
  rcodeName,
  type ResourceRecord,
  type Resolver,
  sameName,
  type ServerAnswer,
  typeName,
  typeNumber,
} from '../../services/dns/index.ts'
import { recordLine } from './record-line.ts'

/** One name on the way, or the question itself. */
export interface ServerStep {
  readonly name: string
  readonly because: string
  /** Records as in a zone file. */
  readonly records: readonly string[]
}

/** Asks for the servers of each name from the top down, then for the type. Throws as Resolver. */
export async function explainByServer(resolver: Resolver, host: string, type: string): Promise<ServerStep[]> {
  const names = [parseName(host)]
  for (let above = parentOf(names[0]!); above !== undefined && above.length > 1; above = parentOf(above))
    names.unshift(above)
  const steps: ServerStep[] = []
  for (const name of names) {
    const { message } = await resolver.query(name, 'NS')
    steps.push({ name: formatName(name), ...zoneStep(message, name) })
    if (message.rcode === rcode.NXDOMAIN) return steps
  }
  const answer = await resolver.query(host, type)
  return [...steps, { name: host, ...answerStep(answer, type) }]
}

/** `name` is the one asked for, as a server that cannot read the query may leave it out of its answer. */
function zoneStep({ rcode: code, answers, authorities }: Message, name: Name): Omit<ServerStep, 'name'> {
  const own = answers.filter((record) => sameName(record.name, name) && typeName(record.type) === 'NS')
  const hosts = (records: readonly ResourceRecord[]): string => records.map((record) => formatData(record)).join(', ')
  if (code === rcode.NXDOMAIN) return { because: 'there is no such name', records: lines(authorities) }
  if (code !== rcode.NOERROR) return { because: `the server says ${rcodeName(code)}`, records: [] }
  if (own.length > 0) return { because: `a zone of its own; its servers: ${hosts(own)}`, records: lines(own) }
  if (answers.length > 0) return { because: 'an alias, which is no zone', records: lines(answers) }
  const cut = authorities.filter((record) => typeName(record.type) === 'NS')
  if (cut.length > 0) {
    return { because: `delegated at ${formatName(cut[0]!.name)} to ${hosts(cut)}`, records: lines(cut) }
  }
  const soa = authorities.find((record) => typeName(record.type) === 'SOA')
  if (soa !== undefined)
    return { because: `no zone of its own: it lies in ${formatName(soa.name)}`, records: lines([soa]) }
  return { because: 'nothing is said about it', records: [] }
}

function answerStep({ message }: ServerAnswer, type: string): Omit<ServerStep, 'name'> {
  const { answers, aa, ra, rcode: code } = message
  const source = aa ? 'from its own zone' : ra ? 'as it has heard from others' : 'without being sure'
  const [wanted, alias] = [typeNumber(type), typeNumber('CNAME')]
  const isAny = wanted === typeNumber('ANY')
  const aliases = isAny || wanted === alias ? 0 : answers.filter((record) => record.type === alias).length
  if (answers.some((record) => isAny || record.type === wanted)) {
    const by = aliases > 0 ? `, by way of ${aliases} ${aliases === 1 ? 'alias' : 'aliases'}` : ''
    return { because: `the server answers ${source}${by}`, records: lines(answers) }
  }
  const what =
    code === rcode.NOERROR ? `there is no ${type.toUpperCase()} record` : `the server says ${rcodeName(code)}`
  return { because: what, records: lines(answers) }
}

function lines(records: readonly ResourceRecord[]): string[] {
  return records.map((record) => recordLine(record))
}
