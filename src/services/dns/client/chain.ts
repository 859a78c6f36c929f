/** What an answer says of the name that was asked for: its records at the end of the aliases that lead on from it. */
import type { Message } from '../wire/message-types.ts'
import { parseName, sameName } from '../wire/name.ts'
import { recordValue, type RecordValue, type ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'

/** Aliases that are followed in a message. */
const aliasesLimit = 16

export interface ChainEnd {
  readonly value: RecordValue
  /** Of the record, or of the aliases that lead to it, whichever is least, in seconds. */
  readonly ttl: number
}

/**
 * The data of the type asked for. Records of other owners do not count, nor does what is malformed. A DNAME needs no care, as the server
 * gives the alias that follows from it (RFC 6672 3.1).
 */
export function chainEnd({ questions, answers }: Message): ChainEnd[] {
  const [question] = questions
  if (question === undefined) return []
  let at = question.name
  let ttl = Infinity
  for (let alias = 0; alias <= aliasesLimit; alias++) {
    const own = answers.filter((record) => record.class === question.class && sameName(record.name, at))
    const wanted = own.filter((record) => record.type === question.type)
    if (wanted.length > 0) return wanted.flatMap((record) => endOf(record, ttl))
    const next = own.find((record) => record.type === dnsType.CNAME)
    const value = next === undefined ? undefined : readValue(next)
    if (next === undefined || value?.type !== 'CNAME') return []
    at = parseName(value.target)
    ttl = Math.min(ttl, next.ttl)
  }
  return []
}

function endOf(record: ResourceRecord, ttl: number): ChainEnd[] {
  const value = readValue(record)
  return value === undefined ? [] : [{ value, ttl: Math.min(record.ttl, ttl) }]
}

function readValue(record: ResourceRecord): RecordValue | undefined {
  try {
    return recordValue(record)
  } catch {
    return undefined
  }
}
