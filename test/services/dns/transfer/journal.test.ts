/** Journals: whatever happens to the disk or the process, what was acknowledged is there, and nothing half done is. */
import assert from 'node:assert/strict'
import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { changeBetween, type Zone } from '#lanework/services/dns/index.js'
import { encodeEntry, entryHeaderBytes, type EntryKind } from '#lanework/services/dns/transfer/journal-entries.js'
import { diskFiles, type JournalFiles } from '#lanework/services/dns/transfer/journal-files.js'
import { ZoneStore } from '#lanework/services/dns/transfer/zone-store.js'
import { journalPath, origin, reopened, step, version } from '../../../support/dns-journal.js'
import { texts, zoneOf } from '../../../support/dns-transfer.js'

const digest = (text: string): string => text.padEnd(64, '0')

/** ZONE_INVALID, from this byte on or a later one. */
function assertRefused(path: string, offset: number, what: string): void {
  assert.throws(
    () => reopened(path),
    (error) => {
      assert.ok(isLaneworkError(error, 'ZONE_INVALID'), `${what}: ${String(error)}`)
      return Number(/from byte (\d+) on/.exec(error.detail.reason)?.[1]) >= offset
    },
    what,
  )
}

describe('a journal', () => {
  it('gives the zone back as it was, and the changes that led there', () => {
    const path = journalPath()
    const store = new ZoneStore()
    assert.equal(store.open(origin, path), undefined)
    store.replace(origin, version(1), 5_000)
    for (let serial = 2; serial <= 6; serial++) step(store, serial)
    store.note(origin, 9_000)
    store.close()
    const again = new ZoneStore()
    assert.deepEqual(texts(again.open(origin, path)!), texts(version(6)))
    assert.equal(again.seenMs(origin), 9_000)
    assert.deepEqual(
      again.changes(origin, 3)?.map(({ from, to }) => [from, to]),
      [
        [3, 4],
        [4, 5],
        [5, 6],
      ],
    )
    assert.deepEqual(again.changes(origin, 6), [])
    assert.equal(again.changes(origin, 99), undefined)
    again.close()
  })
  it('cut off at any byte gives a version that was there, and that last one whole; or is refused as none', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    store.replace(origin, version(1))
    const ends = [readFileSync(path).length]
    for (let serial = 2; serial <= 3; serial++) {
      step(store, serial)
      ends.push(readFileSync(path).length)
    }
    store.close()
    const bytes = readFileSync(path)
    const expected = [1, 2, 3].map((serial) => texts(version(serial)))
    const cut = journalPath()
    for (let size = 0; size <= bytes.length; size++) {
      writeFileSync(cut, bytes.subarray(0, size))
      const at = ends.findLastIndex((end) => end <= size)
      // It is renamed into its place once the zone is whole, so a crash leaves nothing shorter.
      if (size > 0 && at === -1) {
        assertRefused(cut, 0, `${size} bytes`)
        continue
      }
      const zone = reopened(cut)
      assert.deepEqual(zone === undefined ? undefined : texts(zone), expected[at], `${size} bytes`)
    }
  })
  it('goes on behind what a crash left half written', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    store.replace(origin, version(1))
    step(store, 2)
    store.close()
    writeFileSync(path, readFileSync(path).subarray(0, -3))
    const second = new ZoneStore()
    assert.equal(second.open(origin, path)?.serial, 1)
    step(second, 3)
    step(second, 4)
    second.close()
    assert.deepEqual(texts(reopened(path)!), texts(version(4)))
  })
  it('with a byte of the last entry changed serves nothing of it', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    store.replace(origin, version(1))
    const whole = readFileSync(path).length
    step(store, 2)
    store.close()
    const bytes = readFileSync(path)
    for (let at = whole; at < bytes.length; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at] = changed[at]! ^ 0x10
      writeFileSync(path, changed)
      // Without its size and kind nobody knows whether it was the last.
      if (at < whole + entryHeaderBytes - 4) assertRefused(path, whole, `byte ${at}`)
      else assert.equal(reopened(path)?.serial, 1, `byte ${at}`)
    }
  })
  it('with a bit changed before its last entry is refused, and stays as it is', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    store.replace(origin, version(1))
    const whole = readFileSync(path).length
    step(store, 2)
    const second = readFileSync(path).length
    step(store, 3)
    store.close()
    const bytes = readFileSync(path)
    for (let at = 0; at < second; at++) {
      const changed = Uint8Array.from(bytes)
      changed[at] = changed[at]! ^ (1 << (at % 8))
      writeFileSync(path, changed)
      assertRefused(path, at < whole ? 0 : whole, `byte ${at}`)
      assert.deepEqual(Uint8Array.from(readFileSync(path)), changed)
    }
  })
  it('that is another file, or has an entry of an unknown kind, is refused', () => {
    const path = journalPath()
    writeFileSync(path, 'what an operator wrote by mistake')
    assertRefused(path, 0, 'another file')
    rmSync(path)
    const store = new ZoneStore()
    store.open(origin, path)
    store.replace(origin, version(1))
    store.close()
    const { length } = readFileSync(path)
    appendFileSync(path, encodeEntry(9 as EntryKind, new Uint8Array(5)))
    assertRefused(path, length, 'an unknown kind')
  })
  it('goes on behind zeros that a crash left', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    store.replace(origin, version(1))
    store.close()
    appendFileSync(path, new Uint8Array(5_000))
    const second = new ZoneStore()
    assert.equal(second.open(origin, path)?.serial, 1)
    step(second, 2)
    second.close()
    assert.equal(reopened(path)?.serial, 2)
  })
  it('is written anew once the changes are longer than the zone, and stays bounded', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    const text = `"${'z'.repeat(250)}" `.repeat(200)
    const filled = (serial: number): Zone => zoneOf(serial, [`v TXT "${serial}" ${text}`])
    store.replace(origin, filled(1))
    let largest = 0
    for (let serial = 2; serial <= 40; serial++) {
      store.apply(origin, [changeBetween(store.get(origin)!, filled(serial))])
      largest = Math.max(largest, readFileSync(path).length)
    }
    // 39 changes of 100 kB would be 3.9 MB.
    assert.ok(largest < 2_000_000, `${largest} bytes`)
    store.close()
    assert.deepEqual(texts(reopened(path)!), texts(filled(40)))
  })
  it('keeps the newest changes for IXFR only as long as they are shorter than the zone', () => {
    const store = new ZoneStore({ historyChanges: 3 })
    store.open(origin)
    store.replace(origin, version(1))
    for (let serial = 2; serial <= 6; serial++) step(store, serial)
    assert.equal(store.changes(origin, 2), undefined)
    assert.equal(store.changes(origin, 3)?.length, 3)
  })
})

/** Files that fail at the call that is chosen, and perhaps write half of what they should before. */
function failing(at: number, code: string, half: boolean): { files: JournalFiles; calls: () => number } {
  let calls = 0
  const guarded =
    <Args extends unknown[], Result>(syscall: string, call: (...args: Args) => Result) =>
    (...args: Args): Result => {
      if (++calls !== at) return call(...args)
      if (half && syscall === 'write') {
        const [file, bytes] = args as unknown as [number, Uint8Array]
        diskFiles.write(file, bytes.subarray(0, bytes.length >>> 1))
      }
      throw Object.assign(new Error(code), { code, syscall })
    }
  const files: JournalFiles = {
    ...diskFiles,
    open: guarded('open', diskFiles.open.bind(diskFiles)),
    write: guarded('write', diskFiles.write.bind(diskFiles)),
    truncate: guarded('ftruncate', diskFiles.truncate.bind(diskFiles)),
    sync: guarded('fsync', diskFiles.sync.bind(diskFiles)),
    rename: guarded('rename', diskFiles.rename.bind(diskFiles)),
  }
  return { files, calls: () => calls }
}

describe('a disk that fails', () => {
  for (const [code, half] of [
    ['ENOSPC', true],
    ['EIO', false],
  ] as const) {
    it(`with ${code} at any call loses nothing that was acknowledged, and the next change works`, () => {
      let at = 1
      for (; ; at++) {
        const path = journalPath()
        const { files, calls } = failing(at, code, half)
        const store = new ZoneStore({ files })
        let acknowledged = 0
        let failed = 0
        const attempt = (serial: number, act: () => void): void => {
          try {
            act()
            acknowledged = serial
          } catch (error) {
            assert.ok(isLaneworkError(error, 'SYSTEM_ERROR') && error.detail.errno === code, String(error))
            failed++
            // Nothing of it is served.
            assert.equal(store.get(origin)?.serial ?? 0, acknowledged)
          }
          assert.equal(reopened(path)?.serial ?? 0, acknowledged, `call ${at}`)
        }
        // The first call reads what there is: a server does not start with a journal that it cannot read.
        try {
          store.open(origin, path)
        } catch (error) {
          assert.ok(isLaneworkError(error, 'SYSTEM_ERROR'))
          store.close()
          continue
        }
        attempt(1, () => store.replace(origin, version(1)))
        if (acknowledged === 0) attempt(1, () => store.replace(origin, version(1)))
        for (let serial = 2; serial <= 4; serial++) {
          attempt(serial, () => step(store, serial))
          // The disk works again, so the same change does.
          if (acknowledged < serial) attempt(serial, () => step(store, serial))
        }
        assert.equal(acknowledged, 4)
        store.close()
        assert.deepEqual(texts(reopened(path)!), texts(version(4)))
        if (calls() < at) break
        assert.equal(failed, 1)
      }
      assert.ok(at > 10, 'calls were made to fail')
    })
  }
  it('that puts the file in its place and then fails takes nothing back that is acknowledged later', () => {
    const path = journalPath()
    let isFailing = false
    const files: JournalFiles = {
      ...diskFiles,
      rename: (from, to) => {
        diskFiles.rename(from, to)
        if (isFailing) throw Object.assign(new Error('failed'), { code: 'EIO', syscall: 'fsync' })
      },
    }
    const store = new ZoneStore({ files })
    store.open(origin, path)
    store.replace(origin, version(1))
    step(store, 2)
    isFailing = true
    assert.throws(
      () => store.replace(origin, version(3)),
      (error) => isLaneworkError(error, 'SYSTEM_ERROR'),
    )
    isFailing = false
    step(store, 4)
    step(store, 5)
    store.close()
    assert.deepEqual(texts(reopened(path)!), texts(version(5)))
  })
  it('that stays full refuses every change, and the zone is served as it was', () => {
    const path = journalPath()
    let isFull = false
    const files: JournalFiles = {
      ...diskFiles,
      write: (file, bytes) => {
        if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })
        return diskFiles.write(file, bytes)
      },
    }
    const store = new ZoneStore({ files })
    store.open(origin, path)
    store.replace(origin, version(1))
    isFull = true
    for (let attempt = 0; attempt < 3; attempt++) {
      assert.throws(
        () => step(store, 2),
        (error) => isLaneworkError(error, 'SYSTEM_ERROR'),
      )
      assert.equal(store.get(origin)?.serial, 1)
    }
    isFull = false
    step(store, 2)
    store.close()
    assert.equal(reopened(path)?.serial, 2)
  })
})

describe('a journal and its zone file', () => {
  it('go together: the file counts again once its serial is above the journal', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    assert.equal(store.file(origin, version(1), digest('one')), 'same')
    step(store, 2)
    store.close()

    const again = new ZoneStore()
    again.open(origin, path)
    assert.equal(again.file(origin, version(1), digest('one')), 'same')
    assert.equal(again.get(origin)?.serial, 2)
    assert.equal(again.file(origin, version(2), digest('two')), 'stale')
    assert.equal(again.get(origin)?.serial, 2)
    assert.equal(again.file(origin, version(5), digest('five')), 'taken')
    assert.deepEqual(
      again.changes(origin, 1)?.map(({ to }) => to),
      [2, 5],
    )
    again.close()
    const third = new ZoneStore()
    assert.deepEqual(texts(third.open(origin, path)!), texts(version(5)))
    assert.equal(third.file(origin, version(5), digest('five')), 'same')
    third.close()
  })
  it('without a change yet: any edit of the file counts', () => {
    const path = journalPath()
    const store = new ZoneStore()
    store.open(origin, path)
    store.file(origin, version(5), digest('a'))
    assert.equal(store.file(origin, version(3), digest('b')), 'same')
    assert.equal(store.get(origin)?.serial, 3)
    store.close()
    assert.equal(reopened(path), undefined)
  })
})
