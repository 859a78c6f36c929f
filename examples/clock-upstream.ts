// A time server that takes its time from another one: it follows, says so, and leaves the machine's clock alone.
import { serve } from 'lanework'
import { localSource, ntpService, queryNtp } from 'lanework/services/time'

const hourNs = 3_600_000_000_000n
const local = localSource({ stratum: 4 })
const ahead = { nowNs: () => local.nowNs() + hourNs, state: () => local.state() }
const upper = await serve(ntpService({ source: ahead }), { listen: 'udp://127.0.0.1:0' })
const upstream = upper.addresses.map(String)
const lower = await serve(ntpService({ upstream }), { listen: 'udp://127.0.0.1:0' })

const aheadOf = ({ timeNs, atNs }: { timeNs: bigint; atNs: bigint }): string => {
  const wallNs = BigInt(Date.now()) * 1_000_000n - (process.hrtime.bigint() - atNs)
  return `${(Number(timeNs - wallNs) / 3_600e9).toFixed(3)} h ahead of this machine`
}
const asked = await queryNtp(upper.addresses[0] as string)
console.log(`upstream: stratum ${asked.stratum}, ${aheadOf(asked)}`)
for (;;) {
  // Until it has heard from upstream it says that it is not synchronised.
  const answer = await queryNtp(lower.addresses[0] as string).catch(() => undefined)
  if (answer !== undefined) {
    console.log(`follower: stratum ${answer.stratum}, ${aheadOf(answer)}`)
    break
  }
}
await lower.close()
await upper.close()
