/** Files that `lanework batch` reads and writes: what is wrong with their paths and their jobs is said at once, with its place. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { BatchStatus } from '#lanework/batch/index.js'
import { batch, file, refused, stopAtExit, well } from '../support/batch-command.js'
import { folder } from '../support/folder.js'

describe('lanework batch run, with files to write', () => {
  const ran = join(folder, 'ran')
  const jobs = file('touch.txt', `touch ${ran}\n`)

  it('tries their places before anything starts', async () => {
    const away = join(folder, 'no', 'where')
    for (const option of ['--svg', '--html', '--trace'])
      await refused(
        2,
        new RegExp(`${option} must be a file that can be written \\(ENOENT\\)`),
        'run',
        jobs,
        option,
        away,
      )
    await refused(2, /--svg must be a file that can be written \(EISDIR\)/, 'run', jobs, '--svg', folder)
    const many = ['run', jobs, '--policy', 'fcfs,rr', '--trace']
    mkdirSync(join(folder, 'many-2-rr.json'))
    await refused(2, /--trace must be .*\(EISDIR\); got .*many-2-rr/, ...many, join(folder, 'many.json'))
    assert.equal(existsSync(ran), false, 'no job started')
    assert.equal(existsSync(join(folder, 'many-1-fcfs.json')), false, 'nothing is left of the try')
  })

  it('does not mix them with what it prints, nor with each other', async () => {
    await refused(2, /--svg must be a file: what the run prints is on stdout/, 'run', jobs, '--svg', '-')
    const same = join(folder, 'same')
    await refused(2, /--trace must be another file than that of --svg/, 'run', jobs, '--svg', same, '--trace', same)
    assert.equal(existsSync(ran), false, 'no job started')
  })
})

describe('lanework batch, with files of jobs', () => {
  const state = join(folder, 'files')
  const on = (command: string, ...words: string[]): string[] => [command, '--state', state, ...words]
  before(async () => {
    const { pid } = JSON.parse(await well(...on('start', '--memory', '1GiB', '--json'))) as BatchStatus
    stopAtExit(pid)
    await well(...on('add', '--name', 'build', '--', 'true'))
    await well(...on('wait', 'build'))
  })
  after(async () => {
    await batch(on('stop', '--end-jobs'))
  })

  const added = (name: string, text: string, message: RegExp): Promise<void> =>
    refused(2, message, ...on('add', '--file', file(name, text)))

  it('names the line of what only the batch can refuse', async () => {
    const first = '[[job]]\nname = "one"\ncommand = "true"\n\n'
    await added(
      'dep.toml',
      `${first}[[job]]\ncommand = "true"\nafter = ["biuld"]\n`,
      /dep\.toml:5: .*"biuld", which is no job; known are one, build \(did you mean build\?\)/,
    )
    await added(
      'dep.csv',
      'command,after\ntrue,\ntrue,nobody\n',
      /dep\.csv:3: .*"nobody", which is no job; known are true, build/,
    )
    await added(
      'name.toml',
      `${first}[[job]]\nname = "build"\ncommand = "true"\n`,
      /name\.toml:5: name must be one that no other job has/,
    )
    await added(
      'much.jsonl',
      '{"command":"true"}\n{"command":"false","memory":"2GiB"}\n',
      /much\.jsonl:2: Job "false" wants 2147483648 of/,
    )
    await refused(
      2,
      /no\.txt:2: Job "wc" wants/,
      'run',
      file('no.txt', 'command,memory\nwc,2TiB\n'),
      '--memory',
      '1GiB',
    )
    const jobs = (await well(...on('ps', '--all', '--json'))).trim().split('\n')
    assert.equal(jobs.length, 1, 'none of them was taken')
  })

  it('writes pictures and traces to stdout for -', async () => {
    const { code, stdout, stderr } = await batch(on('gantt', '--svg', '-'))
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^<svg [^]*<\/svg>\n?$/)
    assert.ok('traceEvents' in (JSON.parse(await well(...on('trace', '-'))) as object))
    assert.equal(existsSync('-'), false)
  })
})

describe('the folder of a batch', () => {
  const long = join(folder, 'l'.repeat(100))

  it('has a path that its sockets can have: said by every command, before anything is made', async () => {
    const rule = /--state must be a folder whose path has at most 94 bytes.*a shorter one, or a link to it/
    for (const words of [['start'], ['ps'], ['stop'], ['run', file('true.txt', 'true\n')]])
      await refused(2, rule, ...words, '--state', long)
    // That of the second policy is too long.
    const state = join(folder, 's'.repeat(94 - folder.length - 1 - '/1-rr'.length))
    await refused(2, rule, 'run', file('true.txt', 'true\n'), '--state', state, '--policy', 'rr,fcfs')
    assert.deepEqual([existsSync(long), existsSync(state)], [false, false])
  })

  it('is one, or can be made', async () => {
    const none = join(file('true.txt', 'true\n'), 'batch')
    await refused(2, /--state must be a folder, or one that can be made \(ENOTDIR\)/, 'start', '--state', none)
    // Nothing can be made there, and there is no end of trying with a recursive mkdir.
    await refused(2, /--state must be .* \(ENOENT\)/, 'run', file('true.txt', 'true\n'), '--state', '/proc/lanework/a')
    const deep = join(folder, 'a', 'b')
    const { code, stderr } = await batch(['run', file('true.txt', 'true\n'), '--state', deep])
    assert.equal(code, 0, stderr)
  })

  it('may be a link to a longer one', async () => {
    mkdirSync(long, { mode: 0o700 })
    symlinkSync(long, join(folder, 'link'))
    const { code, stdout } = await batch(['run', file('true.txt', 'true\n'), '--state', join(folder, 'link')])
    assert.equal(code, 0, stdout)
    assert.ok(readFileSync(join(long, 'batch.journal'), 'utf8').length > 0)
  })
})
