/** A journal that cannot be written: what runs goes on and is not forgotten, nothing new is taken or started, and all is told. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'

import { openBatch, type JobStatus } from '#lanework/batch/index.js'
import { diskFiles, type JournalFiles } from '#lanework/batch/journal/index.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { batchFolder } from '../../support/batch.ts'
import { endBatches, endOf, shell, testBatch } from '../../support/batch-running.ts'
import { isNative } from '../../support/capability.ts'
import { until } from '../../support/until.ts'

interface Disk {
  isFull: boolean
  readonly files: JournalFiles
}

function disk(): Disk {
  const found: Disk = {
    isFull: false,
    files: {
      ...diskFiles,
      write(file, bytes) {
        if (!found.isFull) return diskFiles.write(file, bytes)
        // As a disk does it: what fits is there.
        diskFiles.write(file, bytes.subarray(0, 10))
        throw Object.assign(new Error('full'), { code: 'ENOSPC', syscall: 'write' })
      },
    },
  }
  return found
}

const isRefused = (error: unknown): boolean => isLaneworkError(error, 'JOURNAL_NOT_WRITTEN')

afterEach(endBatches)

describe('a batch whose disk is full', () => {
  it('refuses jobs and keeps nothing of them, lets those go on that run, starts nothing, says so, and goes on when there is room', async () => {
    const folder = batchFolder()
    const full = disk()
    const batch = await testBatch({ folder, cpus: [0], policy: { name: 'fcfs' }, journalFiles: full.files })
    const gate = join(folder, 'gate')
    const added = await batch.add([
      shell(`until [ -e ${gate} ]; do :; done; exit 3`, { name: 'runs' }),
      shell('exit 4', { name: 'next' }),
    ])
    const stateOf = async (name: string): Promise<JobStatus | undefined> => (await batch.jobs({ jobs: [name] }))[0]
    await until('the first one runs', async () => (await stateOf('runs'))?.pid !== undefined)
    full.isFull = true
    await assert.rejects(batch.add([shell(':', { name: 'lost' }), shell(':')]), isRefused)
    assert.equal((await batch.jobs()).length, 2)
    assert.match((await batch.status()).troubles.join('\n'), /batch\.journal cannot be written: the disk is full/)
    appendFileSync(gate, '')
    await until('the first one has ended', async () => (await stateOf('runs'))?.outcome === 'failed')
    await until('the next one has its turn', async () => (await stateOf('next'))?.state !== 'queued')
    assert.deepEqual([(await stateOf('next'))?.state, (await stateOf('next'))?.pid], ['ready', undefined])
    full.isFull = false
    const jobs = await endOf(batch, added)
    assert.deepEqual(
      jobs.map(({ exitCode }) => exitCode),
      [3, 4],
    )
    assert.doesNotMatch((await batch.status()).troubles.join('\n'), /journal .* cannot be written/)
    assert.equal((await batch.add([shell(':', { name: 'lost' })]))[0]?.id, 3)
    await batch.wait({ all: true })
    await batch.close()
    const again = await testBatch({ folder })
    assert.deepEqual(
      (await again.jobs()).map(({ name, exitCode }) => [name, exitCode]),
      [
        ['runs', 3],
        ['next', 4],
        ['lost', 0],
      ],
    )
  })
  it('is not opened without room for a journal, and its folder stays free', async () => {
    const folder = batchFolder()
    const full = disk()
    full.isFull = true
    await assert.rejects(openBatch({ folder, journalFiles: full.files }), isRefused)
    full.isFull = false
    await (await testBatch({ folder, journalFiles: full.files })).close()
  })
  it('is no excuse for a damaged journal, which is refused and left as it is', async () => {
    const folder = batchFolder()
    writeFileSync(join(folder, 'batch.journal'), 'dear diary\nnothing happened\n')
    await assert.rejects(
      openBatch({ folder }),
      (error) => isLaneworkError(error, 'JOURNAL_INVALID') && error.detail.line === 1,
    )
    assert.equal(statSync(join(folder, 'batch.journal')).size, 28)
  })
})

const canMount = process.getuid?.() === 0 && process.platform === 'linux'

describe('a batch on a file system of 400 KiB', { skip: canMount ? false : 'only root may mount one' }, () => {
  it('fills it with jobs until they are refused, and goes on after somebody made room', async (context) => {
    const folder = batchFolder()
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k,mode=0700', 'lanework-test', folder])
    if (mounted.status !== 0) return context.skip('mounting is not allowed here')
    context.after(() => void spawnSync('umount', ['-l', folder]))
    const filler = join(folder, 'filler')
    mkdirSync(filler)
    const batch = await testBatch({ folder })
    writeFileSync(join(filler, 'room'), Buffer.alloc(65_536))
    const env = { PATH: process.env['PATH'] ?? '', LARGE: 'x'.repeat(20_000) }
    let taken = 0
    const fill = async (): Promise<void> => {
      for (; taken < 100; taken++) await batch.add([shell(':', { env, delayMs: 1_000_000 })])
    }
    await assert.rejects(fill(), isRefused)
    assert.equal((await batch.jobs()).length, taken)
    rmSync(join(filler, 'room'))
    const [job] = await batch.add([shell('exit 7')])
    assert.equal((await endOf(batch, [job as JobStatus]))[0]?.exitCode, 7)
    await batch.close()
    const again = await testBatch({ folder })
    assert.equal((await again.jobs()).length, taken + 1)
  })
  it('starts those later for which there was no room, and loses none of them', async (context) => {
    if (!isNative) return context.skip('without the addon a start leaves no mark for which there could be no room')
    const folder = batchFolder()
    const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=400k,mode=0700', 'lanework-test', folder])
    if (mounted.status !== 0) return context.skip('mounting is not allowed here')
    context.after(() => void spawnSync('umount', ['-l', folder]))
    const batch = await testBatch({ folder, cpus: [0], policy: { name: 'fcfs' } })
    const env = { PATH: process.env['PATH'] ?? '' }
    const added = await batch.add([1, 2, 3].map(() => shell('exit 0', { env, held: true })))
    const filler = join(folder, 'filler')
    assert.throws(() => {
      for (;;) appendFileSync(filler, Buffer.alloc(4_096))
    }, /ENOSPC/)
    await batch.act({ kind: 'resume' }, { all: true })
    const troubles = async (): Promise<string> => (await batch.status()).troubles.join('\n')
    await until('one could not be started', async () => /could not be started.*tried again/.test(await troubles()))
    assert.deepEqual(
      (await batch.jobs()).map(({ outcome }) => outcome),
      [undefined, undefined, undefined],
    )
    rmSync(filler)
    assert.deepEqual(
      (await endOf(batch, added)).map(({ outcome, attempt }) => [outcome, attempt]),
      [
        ['ok', 1],
        ['ok', 1],
        ['ok', 1],
      ],
    )
    assert.doesNotMatch(await troubles(), /could not be started/)
  })
})
