/** Every scenario over every transport, on whichever network this process has. */
import { describe, it } from 'node:test'
import { systemNetwork } from '#lanework/io/index.js'
import { transports } from '../support/matrix.ts'
import { scenarios } from './scenarios.ts'

for (const transport of transports) {
  describe(`a server over ${transport.name} (${systemNetwork().kind})`, { skip: transport.skip }, () => {
    for (const scenario of scenarios) {
      if (scenario.only === (transport.datagram ? 'streams' : 'datagrams')) continue
      it(scenario.claim, () => scenario.run(transport))
    }
  })
}
