/** The journal: what was written is there after any crash, what was refused is not, and nothing else is taken for it. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { Journal } from '#lanework/batch/journal/index.js'
import { encodeLine, readLines } from '#lanework/batch/journal/lines.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { batchFolder } from '../../support/batch.ts'
import { failingFiles } from '../../support/failing-files.ts'
import { gate, until } from '../../support/until.ts'

const journalPath = (): string => join(batchFolder(), 'batch.journal')
const fact = (job: number): object => ({ kind: 'resumed', job, at: 1_000 + job })

function numbersIn(path: string): number[] {
  const { journal, facts } = Journal.open(path)
  journal.close()
  return facts.map((each) => (each as { job: number }).job)
}

function journalOf(path: string, jobs: readonly number[]): Buffer {
  const { journal } = Journal.open(path)
  for (const job of jobs) journal.put(fact(job))
  journal.close()
  return readFileSync(path)
}

describe('lines of a journal', () => {
  it('give any values back', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (values) => {
        const bytes = Buffer.concat(values.map(encodeLine))
        assert.deepEqual(readLines(bytes), {
          values: JSON.parse(JSON.stringify(values)) as unknown,
          goodBytes: bytes.length,
          damage: undefined,
          isInTheMiddle: false,
        })
      }),
    )
  })
  it('are not taken for what was written once any bit of them is another', () => {
    const bytes = encodeLine({ job: 7, text: 'héllo\n' })
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const damaged = Buffer.from(bytes)
      damaged[bit >> 3]! ^= 1 << (bit & 7)
      assert.deepEqual(readLines(damaged).values, [], `bit ${bit}`)
    }
  })
  it('are read up to wherever they were cut off', () => {
    const lines = [1, 2, 3].map((job) => encodeLine(fact(job)))
    const bytes = Buffer.concat(lines)
    for (let size = 0; size < bytes.length; size++) {
      const { values, goodBytes, isInTheMiddle } = readLines(bytes.subarray(0, size))
      const whole = lines.filter((_, index) => Buffer.concat(lines.slice(0, index + 1)).length <= size)
      assert.equal(values.length, whole.length)
      assert.equal(goodBytes, Buffer.concat(whole).length)
      assert.equal(isInTheMiddle, false)
    }
  })
})

describe('a journal', () => {
  it('holds what was written, in order, also what was written together', () => {
    const path = journalPath()
    const { journal, facts, nextId, torn } = Journal.open(path)
    assert.deepEqual([facts, nextId, torn], [[], 1, undefined])
    journal.write([fact(1), fact(2)])
    journal.put(fact(3))
    journal.write([])
    journal.close()
    assert.deepEqual(numbersIn(path), [1, 2, 3])
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })
  it('that was cut off anywhere holds what came before, says so, and goes on', () => {
    const path = journalPath()
    const bytes = journalOf(path, [1, 2])
    const last = encodeLine(fact(2)).length
    for (let size = bytes.length - last; size < bytes.length; size++) {
      writeFileSync(path, bytes.subarray(0, size))
      const { journal, facts, torn } = Journal.open(path)
      assert.deepEqual(facts, [fact(1)])
      assert.equal(torn !== undefined, size > bytes.length - last, `${size}`)
      journal.put(fact(9))
      journal.close()
      assert.deepEqual(numbersIn(path), [1, 9])
    }
  })
  it('whose very first line was cut off begins anew', () => {
    const path = journalPath()
    const bytes = journalOf(path, [])
    for (let size = 0; size < bytes.length; size++) {
      truncateSync(path, 0)
      writeFileSync(path, bytes.subarray(0, size))
      assert.deepEqual(numbersIn(path), [])
      assert.deepEqual(readFileSync(path), bytes)
    }
  })
  it('does not keep a part of what was written together', () => {
    const path = journalPath()
    const { journal } = Journal.open(path)
    journal.put(fact(1))
    const before = statSync(path).size
    journal.write([fact(2), fact(3), fact(4)])
    journal.close()
    const bytes = readFileSync(path)
    for (let size = before; size < bytes.length; size++) {
      writeFileSync(path, bytes.subarray(0, size))
      assert.deepEqual(numbersIn(path), [1])
    }
  })
  it('that is damaged before whole lines is refused with the line, and left alone', () => {
    const path = journalPath()
    const bytes = journalOf(path, [1, 2, 3])
    const lines = String(bytes).split('\n')
    lines[2] = lines[2]!.replace('resumed', 'resumee')
    writeFileSync(path, lines.join('\n'))
    assert.throws(
      () => Journal.open(path),
      (error) => isLaneworkError(error, 'JOURNAL_INVALID') && error.detail.line === 3 && error.detail.path === path,
    )
    assert.equal(readFileSync(path, 'utf8'), lines.join('\n'))
  })
  for (const [what, text] of [
    ['of something else', 'dear diary,\nnothing happened today.\n'],
    ['of one long line', 'x'.repeat(300)],
    ['of another kind', String(encodeLine({ journal: 'of a ship', version: 1 }))],
    ['of a later version', String(encodeLine({ journal: 'lanework batch', version: 2, nextId: 1 }))],
  ] as const) {
    it(`${what} is refused, and left alone`, () => {
      const path = journalPath()
      writeFileSync(path, text)
      assert.throws(
        () => Journal.open(path),
        (error) => isLaneworkError(error, 'JOURNAL_INVALID') && error.detail.line === 1,
      )
      assert.equal(readFileSync(path, 'utf8'), text)
    })
  }
})

describe('a journal on a disk that fails', () => {
  for (const [code, reason] of [
    ['ENOSPC', 'the disk is full'],
    ['EIO', 'EIO'],
  ] as const) {
    it(`with ${code} at any call holds what was answered, nothing that was refused, and works again afterwards`, () => {
      for (let from = 1, isOver = false; !isOver; from++) {
        const path = journalPath()
        const { files, calls } = failingFiles({ from, to: from + 1, code })
        const answered: number[] = []
        let refused = 0
        let journal = undefined as Journal | undefined
        for (let job = 1; job <= 8 || journal?.failure !== undefined; job++) {
          try {
            journal ??= Journal.open(path, { files }).journal
            if (job % 2 === 0) journal.write([fact(job)])
            else journal.put(fact(job))
            answered.push(job)
          } catch (error) {
            assert.ok(isLaneworkError(error, 'JOURNAL_NOT_WRITTEN'))
            assert.equal(error.detail.reason, reason)
            refused++
          }
        }
        assert.equal(journal?.failure, undefined)
        journal?.close()
        assert.deepEqual(numbersIn(path), answered, `call ${from}`)
        isOver = from > calls()
        if (from <= 3) assert.ok(refused > 0, `call ${from} failed, and nobody was told`)
      }
    })
  }
  it('says why as long as it cannot be written, and takes what is closed for a failure', () => {
    const path = journalPath()
    const { files } = failingFiles({ from: 5, to: 9 })
    const { journal } = Journal.open(path, { files })
    assert.throws(() => journal.put(fact(1)), /the disk is full/)
    assert.match(String(journal.failure?.message), /cannot be written: the disk is full/)
    while (journal.failure !== undefined) {
      try {
        journal.put(fact(2))
      } catch {
        // Until the disk has room.
      }
    }
    journal.close()
    assert.throws(() => journal.put(fact(3)), /it is closed/)
    assert.deepEqual(numbersIn(path), [2])
  })
})

describe('rewriting a journal', () => {
  const all = Array.from({ length: 3_000 }, (_, index) => index + 1)

  it('keeps what counts, what is written meanwhile, and the first free number', async () => {
    const path = journalPath()
    const { journal } = Journal.open(path, { longBytes: 10_000 })
    for (const job of all) journal.put(fact(job))
    assert.equal(journal.isLong, true)
    const rewriting = journal.rewrite(all.slice(-2_000).map(fact), 4_000)
    assert.equal(journal.isRewriting, true)
    let meanwhile = 5_000
    while (journal.isRewriting) {
      journal.put(fact(++meanwhile))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await rewriting
    journal.put(fact(9_000))
    assert.equal(journal.isLong, false)
    journal.close()
    assert.ok(meanwhile > 5_000)
    const expected = [...all.slice(-2_000), ...Array.from({ length: meanwhile - 5_000 }, (_, n) => 5_001 + n), 9_000]
    assert.deepEqual(numbersIn(path), expected)
    assert.equal(Journal.open(path).nextId, 4_000)
    assert.equal(existsSync(`${path}.new`), false)
  })
  it('that is stopped at any call leaves the old one or the new one, whole', async () => {
    for (let from = 1, isOver = false; !isOver; from++) {
      const path = journalPath()
      journalOf(path, all)
      // Opening calls once.
      const { files, calls } = failingFiles({ from: 1 + from })
      const { journal } = Journal.open(path, { files })
      await journal.rewrite(all.slice(-100).map(fact), 3_001)
      // Whatever it does now is in vain, as after kill -9.
      const found = numbersIn(path)
      assert.ok(found.length === all.length || found.length === 100, `${found.length} after call ${from}`)
      isOver = calls() < 1 + from
      if (isOver) assert.equal(found.length, 100)
      journal.close()
    }
  })
  it('that fails is no failure of what is written, and is not tried at once again', async () => {
    const path = journalPath()
    let isFull = true
    const { files } = failingFiles({ from: Infinity })
    const full = {
      ...files,
      open: (name: string, anew: boolean) => (anew && isFull ? fullDisk() : files.open(name, anew)),
    }
    const { journal } = Journal.open(path, { files: full, longBytes: 10_000 })
    for (const job of all) journal.put(fact(job))
    await journal.rewrite([fact(1)], 2)
    assert.equal(journal.isLong, false)
    isFull = false
    for (let job = 0; !journal.isLong; job++) journal.put(fact(job))
    await journal.rewrite([fact(1)], 2)
    journal.put(fact(2))
    journal.close()
    assert.deepEqual(numbersIn(path), [1, 2])
  })
  it('ends when the journal is closed meanwhile', async () => {
    const path = journalPath()
    const { journal } = Journal.open(path)
    for (const job of all) journal.put(fact(job))
    const rewriting = journal.rewrite(all.map(fact), 2)
    journal.close()
    await rewriting
    assert.deepEqual(numbersIn(path), all)
    await until('nothing is left of it', () => !existsSync(`${path}.new`))
  })
  it('leaves alone what the next one writes anew there, when it was closed meanwhile', async () => {
    const path = journalPath()
    const disk = gate()
    const { files } = failingFiles({ from: Infinity })
    const { journal } = Journal.open(path, { files: { ...files, syncLater: () => disk.opened } })
    for (const job of all) journal.put(fact(job))
    const rewriting = journal.rewrite([fact(1)], 2)
    journal.close()
    const { journal: next } = Journal.open(path)
    const again = next.rewrite([fact(1)], 2)
    disk.open()
    await rewriting
    assert.equal(existsSync(`${path}.new`), true)
    await again
    next.close()
    assert.deepEqual(numbersIn(path), [1])
  })
})

function fullDisk(): never {
  throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'open' })
}
