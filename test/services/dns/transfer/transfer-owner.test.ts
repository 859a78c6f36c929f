/** The owner of zones and journals: hand-over from a server before it, and updates that no secondary could fetch. */
import assert from 'node:assert/strict'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  changeBetween,
  decodeMessage,
  dnsType,
  encodeMessage,
  opcode,
  parseName,
  rcodeName,
} from '#lanework/services/dns/index.js'
import { diskFiles, type JournalFiles } from '#lanework/services/dns/transfer/journal-files.js'
import { transferPolicy } from '#lanework/services/dns/transfer/options.js'
import { TransferOwner } from '#lanework/services/dns/transfer/transfer-owner.js'
import { ZoneStore } from '#lanework/services/dns/transfer/zone-store.js'
import { emptyMessage } from '../../../support/dns-messages.js'
import { texts, updateRecord, zoneOf } from '../../../support/dns-transfer.js'
import { folder } from '../../../support/folder.js'
import { ManualClock } from '../../../support/manual-clock.js'

const origin = parseName('example.')
const digest = (text: string): string => text.padEnd(64, '0')
const takeOverMs = 1_000

/** A server before this one that writes the journal, which holds version 2; and this one, which has just started. */
function handOver(files: JournalFiles = diskFiles) {
  const journal = join(mkdtempSync(join(folder, 'hand-over-')), 'example.journal')
  const first = new ZoneStore()
  first.open(origin, journal)
  first.file(origin, zoneOf(1), digest('one'))
  const step = (to: number): unknown => first.apply(origin, [changeBetween(first.get(origin)!, zoneOf(to))])
  step(2)
  const clock = new ManualClock()
  const reports: string[] = []
  let published = 0
  const policy = transferPolicy({ zones: [{ zone: 'example.', allowUpdate: ['127.0.0.1'], journal }] })
  const owner = new TransferOwner(policy, {
    clock,
    store: new ZoneStore({ files }),
    publish: () => void published++,
    report: (text) => reports.push(text),
  })
  return { first, step, clock, reports, owner, published: () => published }
}

describe('a server that takes over', () => {
  it('goes on trying where a journal cannot be read, and says so once', async () => {
    let isFailing = false
    const { first, step, clock, reports, owner, published } = handOver({
      ...diskFiles,
      open: (path, how) => {
        if (isFailing) throw Object.assign(new Error('failed'), { code: 'EMFILE', syscall: 'open' })
        return diskFiles.open(path, how)
      },
    })
    owner.admit(zoneOf(1), 'example.zone', digest('one'))
    owner.start()
    step(3)
    first.close()
    isFailing = true
    clock.advance(3 * takeOverMs)
    assert.equal(reports.length, 1)
    assert.match(reports[0]!, /EMFILE/)
    assert.deepEqual([owner.store.get(origin)?.serial, published()], [2, 0])
    isFailing = false
    clock.advance(takeOverMs)
    assert.deepEqual([owner.store.get(origin)?.serial, published()], [3, 1])
    await owner.close()
  })
  it('starts with the journal where the file was changed meanwhile, and the file counts once it has taken over', async () => {
    const { first, step, clock, reports, owner } = handOver()
    const edited = zoneOf(9, ['edited A 192.0.2.9'])
    assert.equal(owner.admit(edited, 'example.zone', digest('nine')).serial, 2)
    owner.start()
    step(3)
    clock.advance(2 * takeOverMs)
    assert.equal(owner.store.get(origin)?.serial, 2)
    first.close()
    clock.advance(takeOverMs)
    assert.deepEqual(texts(owner.store.get(origin)!), texts(edited))
    assert.deepEqual(
      owner.store.changes(origin, 2)?.map(({ to }) => to),
      [3, 9],
    )
    assert.deepEqual(reports, [])
    await owner.close()
  })
})

describe('an update', () => {
  it('with a record that no transfer could hold is refused', async () => {
    const owner = new TransferOwner(transferPolicy({ zones: [{ zone: 'example.', allowUpdate: ['127.0.0.1'] }] }), {
      clock: new ManualClock(),
      publish: () => {},
    })
    owner.store.open(origin)
    owner.store.file(origin, zoneOf(1), digest('one'))
    const long = { ...updateRecord('long.example.', dnsType.NULL, { ttl: 60 }), data: new Uint8Array(65_300) }
    const questions = [{ name: origin, type: dnsType.SOA, class: 1 }]
    const answer = owner.update(
      encodeMessage({ ...emptyMessage, opcode: opcode.UPDATE, questions, authorities: [long] }),
      '127.0.0.1',
      undefined,
    )
    assert.equal(rcodeName(decodeMessage(answer).rcode), 'REFUSED')
    assert.equal(owner.store.get(origin)?.serial, 1)
    await owner.close()
  })
})
