// One zone, one question of each kind. The engine is a function from bytes to bytes, so that no socket is needed to see what a
// server would say: found, another name, made from a wildcard, in other hands, not this type, no such name, not our business.
import { Zone, answerQuery, decodeMessage, formatRecord, makeQuery, parseName } from 'lanework/services/dns'
import { dnsClass, rcodeName, typeNumber } from 'lanework/services/dns'

const zone = Zone.parse(`
$ORIGIN example.lan.
$TTL 3600
@        SOA   ns admin 1 2h 15m 2w 5m
@        NS    ns
ns       A     192.0.2.1
www      A     192.0.2.80
ftp      CNAME www
*.people TXT   "whoever you ask for"
sub      NS    ns.sub
ns.sub   A     192.0.2.53
`)

const origin = parseName('example.lan.')
for (const question of ['www A', 'ftp A', 'ann.people TXT', 'host.sub A', 'www MX', 'gone A', 'elsewhere. A']) {
  const [name = '', type = ''] = question.split(' ')
  const query = makeQuery(
    { name: parseName(name, origin), type: typeNumber(type) ?? 0, class: dnsClass.IN },
    { mixCase: false },
  )
  const { rcode, aa, answers, authorities } = decodeMessage(answerQuery([zone], query, { transport: 'udp' }) ?? query)
  console.log(`${question}: ${rcodeName(rcode)}${aa ? ', with authority' : ''}`)
  for (const record of answers) console.log(`  answer     ${formatRecord(record).replaceAll('\t', ' ')}`)
  for (const record of authorities) console.log(`  authority  ${formatRecord(record).replaceAll('\t', ' ')}`)
}
