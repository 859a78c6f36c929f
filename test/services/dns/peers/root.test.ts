/** The root zone of 2018 and 49,739 real queries: our answers beside those of NSD and Knot. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { isEqual, type Asking } from '../../../support/dns-compare.js'
import { unlessPeers } from '../../../support/dns-peers.js'
import { compareWithPeers } from './compare-with-peers.js'

const read = (name: string): string => gunzipSync(readFileSync(`test/fixtures/dns/${name}`)).toString()

const zones = { '.': read('root.zone.gz') }
const queries = read('root-queries.txt.gz')
  .trim()
  .split('\n')
  .map((line): Asking => {
    const [name = '', type = ''] = line.split(' ')
    return { name: name.endsWith('.') ? name : `${name}.`, type }
  })

describe('the root zone is answered as NSD and Knot do', { skip: unlessPeers() }, () => {
  for (const dnssec of [false, true]) {
    it(`with EDNS ${dnssec ? 'and' : 'without'} DO: nowhere do any two differ`, async () => {
      const { wrong, divided, asked } = await compareWithPeers(
        zones,
        queries.map((one) => Object.assign({}, one, { dnssec })),
      )
      assert.equal(asked, 49_739)
      assert.equal(wrong[0], undefined)
      assert.equal(divided.size, 0)
    })
  }
  it('without EDNS: they differ in the addresses that 512 bytes have room for', async () => {
    const { wrong, divided } = await compareWithPeers(
      zones,
      queries.map((one) => Object.assign({}, one, { udpBytes: 0 })),
    )
    assert.equal(wrong[0], undefined)
    for (const list of divided.values()) {
      for (const { query, ours, nsd, knot } of list) {
        // Either all are referrals that hold as many addresses as each chose, or TC is set as Knot sets it.
        assert.equal(nsd.answers + knot.answers + ours.answers, '', query)
        assert.ok(ours.header === knot.header, query)
        assert.ok(ours.authorities === knot.authorities || isEqual(ours, nsd), query)
      }
    }
  })
})
