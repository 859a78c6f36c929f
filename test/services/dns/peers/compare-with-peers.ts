/** Puts the same queries to us, NSD and Knot; where these two agree, we must say the same. */
import { Answerer, Zone } from '#lanework/services/dns/index.js'
import { type Asking, type Compared, comparable, isEqual, queryOf, textOf } from '../../../support/dns-compare.js'
import { Asker, startKnot, startNsd, type PeerServer, type ZoneTexts } from '../../../support/dns-peers.js'

export interface Comparison {
  readonly asked: number
  /** Where NSD and Knot agree and we do not. */
  readonly wrong: readonly string[]
  /** Queries that NSD and Knot answer differently, by what differs. */
  readonly divided: ReadonlyMap<string, readonly Divided[]>
}

export interface Divided {
  readonly query: string
  readonly ours: Compared
  readonly nsd: Compared
  readonly knot: Compared
}

export async function compareWithPeers(zones: ZoneTexts, asked: readonly Asking[]): Promise<Comparison> {
  const queries = asked.map(queryOf)
  const [fromNsd, fromKnot] = await Promise.all([
    answersOf(startNsd(zones), queries),
    answersOf(startKnot(zones), queries),
  ])
  const answerer = new Answerer(Object.entries(zones).map(([origin, text]) => Zone.parse(text, { origin })))
  const wrong: string[] = []
  const divided = new Map<string, Divided[]>()
  queries.forEach((query, at) => {
    const { name, type, dnssec } = asked[at]!
    const title = `${name} ${type}${dnssec === true ? ' +dnssec' : ''}`
    const ours = comparable(answerer.answer(query, { transport: 'udp' })!)
    const [one, other] = [fromNsd[at], fromKnot[at]]
    if (one === undefined || other === undefined) return
    const [nsd, knot] = [comparable(one), comparable(other)]
    if (!isEqual(nsd, knot)) {
      const what = (Object.keys(nsd) as (keyof Compared)[]).filter((part) => nsd[part] !== knot[part]).join(', ')
      divided.set(what, [...(divided.get(what) ?? []), { query: title, ours, nsd, knot }])
    } else if (!isEqual(ours, nsd)) wrong.push(`${title}\n--- ours\n${textOf(ours)}\n--- NSD and Knot\n${textOf(nsd)}`)
  })
  return { asked: queries.length, wrong, divided }
}

async function answersOf(starting: Promise<PeerServer>, queries: readonly Uint8Array[]) {
  const server = await starting
  const asker = new Asker(server.port)
  try {
    return await asker.ask(queries)
  } finally {
    asker.close()
    await server.close()
  }
}
