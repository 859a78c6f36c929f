/** What stands in the row `lanes` of the capability table: without the addon, lanes elsewhere are refused. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { can } from '../support/capability.ts'
import { places, siteOf, transports } from '../support/matrix.ts'

describe('without the addon', { skip: can('lanes') ? 'this process has it' : false }, () => {
  for (const kind of ['thread', 'process'] as const) {
    it(`lanes of kind ${kind} fail with UNSUPPORTED over every transport, and bind nothing`, async () => {
      for (const transport of transports) {
        const listen = transport.listen()
        await assert.rejects(siteOf(transport, places[kind]).serve('echo', { listen }), { code: 'UNSUPPORTED' })
      }
    })
  }
})
