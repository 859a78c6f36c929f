/** Two servers and one journal: one writes it, and the other takes over without a loss. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { isLaneworkError } from '#lanework/core/index.js'
import { diskFiles, type JournalFiles } from '#lanework/services/dns/transfer/journal-files.js'
import { FileLock } from '#lanework/process/file-lock.js'
import { ZoneStore } from '#lanework/services/dns/transfer/zone-store.js'
import { journalPath, origin, reopened, step, version } from '../../../support/dns-journal.js'
import { texts } from '../../../support/dns-transfer.js'
import { folder } from '../../../support/folder.js'
import { until } from '../../../support/until.js'

describe('two owners of one journal', () => {
  it('cannot write it: the second serves what there is, and takes over when the first has ended', () => {
    const path = journalPath()
    const first = new ZoneStore()
    first.open(origin, path)
    first.replace(origin, version(1))
    const second = new ZoneStore()
    assert.equal(second.open(origin, path)?.serial, 1)
    assert.throws(
      () => step(second, 2),
      (error) => isLaneworkError(error, 'SYSTEM_ERROR') && error.detail.errno === 'EBUSY',
    )
    step(first, 2)
    first.close()
    // What the first wrote meanwhile counts.
    assert.throws(
      () => step(second, 3),
      (error) => isLaneworkError(error, 'ZONE_INVALID'),
    )
    step(second, 3)
    second.close()
    assert.equal(reopened(path)?.serial, 3)
  })
  it('hand it over: what the first acknowledged at last is there', () => {
    const path = journalPath()
    const first = new ZoneStore()
    first.open(origin, path)
    first.replace(origin, version(1))
    const second = new ZoneStore()
    second.open(origin, path)
    assert.deepEqual([first.isWaiting, second.isWaiting, second.takeOver()], [false, true, false])
    step(first, 2)
    first.close()
    assert.equal(second.get(origin)?.serial, 1)
    assert.equal(second.takeOver(), true)
    assert.deepEqual([second.isWaiting, second.get(origin)?.serial], [false, 2])
    step(second, 3)
    second.close()
  })
  it('lose nothing where the journal cannot be read at first', () => {
    const path = journalPath()
    const first = new ZoneStore()
    first.open(origin, path)
    first.replace(origin, version(1))
    let isFailing = false
    const files: JournalFiles = {
      ...diskFiles,
      open: (name, how) => {
        if (isFailing) throw Object.assign(new Error('failed'), { code: 'EMFILE', syscall: 'open' })
        return diskFiles.open(name, how)
      },
    }
    const second = new ZoneStore({ files })
    second.open(origin, path)
    step(first, 2)
    first.close()
    isFailing = true
    assert.throws(
      () => step(second, 3),
      (error) => isLaneworkError(error, 'SYSTEM_ERROR') && error.detail.errno === 'EMFILE',
    )
    const problems: unknown[] = []
    assert.equal(
      second.takeOver((problem) => problems.push(problem)),
      false,
    )
    assert.equal(problems.length, 1)
    assert.deepEqual([second.isWaiting, existsSync(`${path}.lock`)], [true, false])
    isFailing = false
    // The change leads from 1, and 2 is there.
    assert.throws(
      () => step(second, 3),
      (error) => isLaneworkError(error, 'ZONE_INVALID'),
    )
    assert.equal(second.get(origin)?.serial, 2)
    step(second, 3)
    second.close()
    assert.deepEqual(texts(reopened(path)!), texts(version(3)))
  })
  it('are told why the lock cannot be had', () => {
    // Just short enough for the lock itself, and too long for what is made beside it.
    const path = join(mkdtempSync(join(folder, 'journal-')), 'j'.repeat(250))
    const store = new ZoneStore()
    store.open(origin, path)
    assert.throws(
      () => store.replace(origin, version(1)),
      (error) => isLaneworkError(error, 'SYSTEM_ERROR') && error.detail.errno === 'ENAMETOOLONG',
    )
  })
  it('of a dead one take it over one at a time: the slower leaves the lock of the faster', () => {
    const path = `${journalPath()}.lock`
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(path, `${pid} 12345`)
    const faster = `${process.ppid} `
    const lock = new FileLock(path, () => writeFileSync(path, faster))
    assert.equal(lock.take(), false)
    assert.equal(readFileSync(path, 'latin1'), faster)
    assert.deepEqual(readdirSync(dirname(path)), [basename(path)])
  })
  it('of a dead one take it over one at a time, as processes too', async () => {
    const fixture = fileURLToPath(new URL('../../../fixtures/file-lock.js', import.meta.url))
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    const said: string[] = []
    const takers = Array.from({ length: 4 }, () => {
      const child = spawn(process.execPath, [fixture], { stdio: ['pipe', 'pipe', 'inherit'] })
      createInterface(child.stdout).on('line', (line) => said.push(line))
      return child
    })
    for (let round = 1; round <= 20; round++) {
      const path = `${journalPath()}.lock`
      writeFileSync(path, `${pid} 12345`)
      said.splice(0)
      for (const { stdin } of takers) stdin.write(`${path}\n`)
      await until('all have tried', () => said.length === takers.length, 60_000)
      assert.equal(said.filter((line) => line === 'true').length, 1, `round ${round}: ${said.join(' ')}`)
    }
    for (const { stdin } of takers) stdin.end()
  })
  it('of a dead one are not stopped by a third that died as it took it over', () => {
    const path = `${journalPath()}.lock`
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(path, `${pid} 12345`)
    writeFileSync(`${path}.turn`, `${pid} 12345`)
    const lock = new FileLock(path)
    assert.equal(lock.take(), true)
    lock.release()
  })
  it('are told apart by process: a lock whose process has ended is none', () => {
    const path = `${journalPath()}.lock`
    const { pid } = spawnSync(process.execPath, ['-e', ''])
    writeFileSync(path, `${pid} 12345`)
    const lock = new FileLock(path)
    assert.equal(lock.take(), true)
    lock.release()
    // A number that was given again: another start.
    writeFileSync(path, `${process.ppid} 1`)
    assert.equal(lock.take(), process.platform === 'linux')
    lock.release()
    rmSync(path, { force: true })
  })
})
