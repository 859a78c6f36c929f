/** Folders that are watched, files that are read again, and serial numbers: the rules behind a reload. */
import assert from 'node:assert/strict'
import { mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { serialStep } from '#lanework/services/dns/service/serial.js'
import { FolderWatch } from '#lanework/services/dns/service/watch.js'
import { ZoneSource } from '#lanework/services/dns/service/zone-source.js'
import { written, zoneText } from '../../../support/dns-server.js'
import { ManualClock } from '../../../support/manual-clock.js'
import { until } from '../../../support/until.js'

describe('a watched folder', () => {
  it('is told of when it has been quiet, and at last when it never is', async () => {
    const home = written({ zone: 'one' })
    const file = join(home, 'zone')
    const clock = new ManualClock()
    let told = 0
    const watch = new FolderWatch({ clock, onChange: () => told++ })
    watch.follow([file])
    writeFileSync(file, 'two')
    assert.equal(told, 0)
    await until('it is told', () => {
      clock.advance(200)
      return told > 0
    })
    told = 0
    let at = 0
    await until('it is told while somebody writes', () => {
      writeFileSync(file, String(at++))
      clock.advance(100)
      return told > 0
    })
    watch.close()
  })

  it('that is not there, or says nothing, is looked at every 30 seconds', () => {
    const clock = new ManualClock()
    let told = 0
    const watch = new FolderWatch({ clock, onChange: () => told++ })
    watch.follow([join(written({}), 'missing', 'zone')])
    clock.advance(29_999)
    assert.equal(told, 0)
    clock.advance(1)
    assert.equal(told, 1)
    watch.close()
    clock.advance(60_000)
    assert.equal(told, 1)
  })
})

describe("a zone's file", () => {
  it('has changed when its bytes have, or those of one that it includes', async () => {
    const home = written({ zone: `${zoneText('one.', 1)}$INCLUDE more\n`, more: 'extra A 192.0.2.1\n' })
    const [file, more] = [join(home, 'zone'), join(home, 'more')]
    const source = new ZoneSource({ file })
    assert.equal(source.hasChanged(), true)
    assert.equal((await source.read()).serial, 1)
    assert.deepEqual(source.files, [file, more])
    const { digest } = source
    assert.equal(source.hasChanged(), false)
    utimesSync(more, new Date(5), new Date(5))
    assert.equal(source.hasChanged(), false)
    writeFileSync(more, 'extra A 192.0.2.2\n')
    assert.equal(source.hasChanged(), true)
    await source.read()
    assert.notEqual(source.digest, digest)
    rmSync(more)
    assert.equal(source.hasChanged(), true)
    await assert.rejects(source.read(), (error) => isLaneworkError(error, 'ZONE_INVALID') && error.detail.line === 7)
    // What is wrong is not read again and again.
    assert.equal(source.hasChanged(), false)
    writeFileSync(more, 'extra A 192.0.2.3\n')
    assert.equal(source.hasChanged(), true)
    assert.equal((await source.read()).serial, 1)
  })

  it('that is a folder, empty, or without a SOA is refused', async () => {
    const home = written({ empty: '', bare: '$ORIGIN one.\n@ 60 NS ns\n' })
    mkdirSync(join(home, 'folder'))
    for (const name of ['folder', 'empty', 'bare', 'gone']) {
      await assert.rejects(new ZoneSource({ file: join(home, name) }).read(), { code: 'ZONE_INVALID' }, name)
    }
  })
})

describe('serial numbers', () => {
  it('go around: what is ahead by less than half a circle is later', () => {
    const serial = fc.integer({ min: 0, max: 0xffff_ffff })
    fc.assert(
      fc.property(serial, fc.integer({ min: 1, max: 0x7fff_ffff }), (from, by) => {
        const to = (from + by) % 0x1_0000_0000
        assert.ok(serialStep(from, to) > 0)
        assert.ok(serialStep(to, from) < 0)
        assert.equal(serialStep(from, from), 0)
      }),
    )
    assert.equal(serialStep(0, 0x8000_0000), 0)
  })
})
