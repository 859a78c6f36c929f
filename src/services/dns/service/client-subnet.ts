/** EDNS client subnet (RFC 7871): what a resolver that is believed says of its client, and what it is told back. */
import type { Asked } from '../answer/asked.ts'
import { ednsCode } from '../wire/codes.ts'
import { ednsOptionOf, ednsValue } from '../wire/edns-options.ts'
import type { EdnsOption } from '../wire/message-types.ts'

export interface ClientSubnet {
  readonly address: string
  /** For the answer: it is for this network, and no larger one. */
  readonly told: EdnsOption
}

/** Undefined where the query has none, or one that makes no sense. */
export function clientSubnetOf(asked: Asked): ClientSubnet | undefined {
  const option = asked.options.find(({ code }) => code === ednsCode.ECS)
  if (option === undefined) return undefined
  try {
    const value = ednsValue(option)
    // Nobody may choose a scope for us (RFC 7871 6).
    if (value?.option !== 'ECS' || value.scope !== 0) return undefined
    const { address, source } = value
    return { address, told: ednsOptionOf({ option: 'ECS', address, source, scope: source }) }
  } catch {
    return undefined
  }
}
