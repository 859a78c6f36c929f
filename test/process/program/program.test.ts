/** Programs as objects: started, fed, read, paused, ended; and what they get from us and what not. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { ownKeeper } from '#lanework/process/keeper/keeper.js'
import { descendants, isSameProcess, readEntry, readProcess } from '#lanework/process/process-table.js'
import { Program, type ProgramOptions } from '#lanework/process/program.js'
import { isNative } from '../../support/capability.ts'
import { folder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

const quiet: ProgramOptions = { stdout: 'ignore', stderr: 'ignore' }
const unlessNative = isNative ? false : 'it needs the addon'

async function started(argv: readonly string[], options: ProgramOptions = quiet): Promise<Program> {
  return new Program(argv, options).start()
}

async function outputOf(argv: readonly string[], options: ProgramOptions = {}): Promise<string> {
  const program = await started(argv, { stdout: 'pipe', stderr: 'pipe', ...options })
  const text = await textOf(program.stdout)
  await program.wait()
  return text
}

async function textOf(stream: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk)
  return String(Buffer.concat(chunks))
}

const stateOf = (pid: number | undefined): string | undefined => readEntry(pid ?? 0)?.state

describe('a program', () => {
  it('tells its exit code, or the signal that ended it, and the last of its stderr', async () => {
    const failed = await started(['sh', '-c', 'echo early; echo last words >&2; exit 3'], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    const end = await failed.wait()
    assert.equal(failed.exitCode, 3)
    assert.deepEqual(
      [end.exitCode, end.signal, end.stderrTail, end.name, end.pid],
      [3, undefined, 'last words\n', 'sh', failed.pid],
    )
    assert.ok(end.endedAt >= end.startedAt)
    const asleep = await started(['sleep', '1000'])
    assert.equal(asleep.exitCode, undefined)
    const killed = await asleep.kill()
    assert.equal(asleep.exitCode, -9)
    assert.deepEqual([killed.exitCode, killed.signal], [-9, 'SIGKILL'])
    assert.equal((await (await started(['true'])).wait()).exitCode, 0)
  })

  it('is alive from its start to its end', async () => {
    const program = new Program(['sleep', '1000'], quiet)
    assert.deepEqual([program.isAlive(), program.pid, program.name], [false, undefined, 'sleep'])
    await program.start()
    assert.equal(program.isAlive(), true)
    await program.signal('SIGKILL')
    await until('the kernel says that it is dead', () => !program.isAlive())
    await program.wait()
    assert.equal(await program.signal('SIGTERM'), false)
    await assert.rejects(program.start(), { code: 'OPTION_INVALID' })
  })

  it('reads what is written to it, and its output ends with it', async () => {
    const program = await started(['sort', '-n'], { stdin: 'pipe', stdout: 'pipe' })
    program.stdin.end('3\n1\n2\n')
    assert.equal(await textOf(program.stdout), '1\n2\n3\n')
    assert.equal((await program.wait()).exitCode, 0)
  })

  it('that stops reading makes its writer fail, and nothing else', async () => {
    const program = await started(['true'], { stdin: 'pipe', stdout: 'ignore', stderr: 'ignore' })
    await program.wait()
    const failed = new Promise<Error>((resolve) => program.stdin.on('error', resolve))
    program.stdin.write(Buffer.alloc(1_000_000))
    assert.equal(((await failed) as { code?: string }).code, 'CONNECTION_RESET')
  })

  it('writes 10 MB to a slow reader without loss', async () => {
    const program = await started(['sh', '-c', 'yes lanework | head -c 10000000'], { stdout: 'pipe', stderr: 'ignore' })
    const hash = createHash('sha256')
    let bytes = 0
    for await (const chunk of program.stdout) {
      hash.update(chunk as Buffer)
      bytes += (chunk as Buffer).length
      if (bytes % 7 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const expected = createHash('sha256').update('lanework\n'.repeat(1_111_112).slice(0, 10_000_000)).digest('hex')
    assert.deepEqual([bytes, hash.digest('hex')], [10_000_000, expected])
    assert.equal((await program.wait()).exitCode, 0)
  })

  it('with a reader that does not read waits, and wait() does not hang on output nobody asked for', async () => {
    const program = await started(['sh', '-c', 'head -c 1000000 /dev/zero; head -c 1000000 /dev/zero >&2'], {
      stdout: 'pipe',
      stderr: 'pipe',
    })
    assert.equal((await program.wait()).exitCode, 0)
    const stuck = await started(['yes'], { stdout: 'pipe', stderr: 'ignore' })
    assert.equal(typeof stuck.stdout.read, 'function')
    await assert.rejects(stuck.wait({ timeoutMs: 20 }), { code: 'TIMED_OUT' })
    assert.equal(stuck.isAlive(), true)
    await stuck.kill()
  })

  it('writes to files, anew or at their end', async () => {
    const path = join(folder, 'out.txt')
    writeFileSync(path, 'before\n')
    await (await started(['echo', 'anew'], { stdout: { file: path }, stderr: 'ignore' })).wait()
    await (await started(['echo', 'added'], { stdout: { file: path, append: true }, stderr: 'ignore' })).wait()
    assert.equal(readFileSync(path, 'utf8'), 'anew\nadded\n')
    const errors = join(folder, 'errors.txt')
    const failing = await started(['sh', '-c', 'echo no >&2'], { stdout: 'ignore', stderr: { file: errors } })
    assert.equal((await failing.wait()).stderrTail, 'no\n')
    assert.equal(await outputOf(['cat'], { stdin: { file: path } }), 'anew\nadded\n')
  })

  it('runs where and with what environment it is told, and nothing else', async () => {
    assert.equal(await outputOf(['pwd'], { cwd: folder }), `${folder}\n`)
    assert.equal(
      await outputOf(['env'], { env: { ONLY: 'this', PATH: process.env['PATH'], NOT: undefined } }),
      `ONLY=this\nPATH=${process.env['PATH']}\n`,
    )
    assert.equal(await outputOf(['/usr/bin/env'], { env: {} }), '')
  })

  it(
    'gets no descriptor but its three',
    { skip: isNative ? false : 'Node passes on those that it was given itself' },
    async () => {
      const listed = await outputOf(['ls', '/proc/self/fd'])
      assert.deepEqual(listed.trim().split('\n'), ['0', '1', '2', '3'], 'the fourth is the folder that ls reads')
    },
  )

  it('gets no signal settings of ours', { skip: unlessNative }, async () => {
    const status = await outputOf(['cat', '/proc/self/status'])
    assert.match(status, /^SigBlk:\t0+$/m)
    assert.match(status, /^SigIgn:\t0+$/m)
  })

  it('is refused with wrong options: OPTION_INVALID', () => {
    const wrong: [readonly string[], object][] = [
      [[], {}],
      [['a\0b'], {}],
      [['ls'], { cwd: 'a\0b' }],
      [['ls'], { env: { 'A=B': 'x' } }],
      [['ls'], { stdout: 'nowhere' }],
      [['ls'], { nice: 40 }],
      [['ls'], { graceMs: -1 }],
      [['ls'], { stdot: 'pipe' }],
    ]
    for (const [argv, options] of wrong) assert.throws(() => new Program(argv, options), { code: 'OPTION_INVALID' })
  })

  it('that is not there, or cannot start, says why', async () => {
    await assert.rejects(started(['no-such-program', 'x'], { ...quiet, cwd: folder }), {
      code: 'PROGRAM_NOT_FOUND',
      detail: { program: 'no-such-program', argv: ['no-such-program', 'x'], cwd: folder },
    })
    const cases: [readonly string[], ProgramOptions, string, string][] = [
      [['ls'], { cwd: '/no/such/folder' }, 'chdir', 'ENOENT'],
      [['/etc/passwd'], {}, 'exec', 'EACCES'],
      [['ls'], { stdout: { file: '/no/such/folder/file' } }, 'open /no/such/folder/file', 'ENOENT'],
    ]
    for (const [argv, options, step, errno] of cases) {
      const failed = await started(argv, { ...quiet, ...options }).then(
        () => assert.fail('it started'),
        (error: unknown) => error,
      )
      const { code, detail } = failed as { code: string; detail: { step: string; errno: string; argv: string[] } }
      assert.deepEqual([code, detail.step, detail.errno, detail.argv], ['PROGRAM_NOT_STARTED', step, errno, argv])
    }
  })
})

describe('signals', () => {
  it('pause and resume the whole group', async () => {
    const program = await started(['sh', '-c', 'sleep 1000 & wait'])
    const child = await until('its child runs', () => descendants(program.pid ?? 0)[0]?.pid)
    assert.equal(await program.pause(), true)
    await until('both are stopped', () => stateOf(program.pid) === 'T' && stateOf(child) === 'T')
    assert.equal(program.isAlive(), true)
    await program.resume()
    await until('both go on', () => stateOf(program.pid) === 'S' && stateOf(child) === 'S')
    await program.terminate()
    await until('the child is gone too', () => [undefined, 'Z'].includes(stateOf(child)))
  })

  it('reach the program alone with group: false', async () => {
    const program = await started(['sh', '-c', 'sleep 1000 & wait'], { ...quiet, group: false })
    const child = await until('its child runs', () => descendants(program.pid ?? 0)[0])
    await program.kill()
    assert.equal(isSameProcess(child.pid, child.startTicks), true)
    process.kill(child.pid, 'SIGKILL')
  })

  it('end a program that ignores SIGTERM after its grace, and a stopped one at once', async () => {
    const deaf = await started(['sh', '-c', 'trap "" TERM; echo ready; while :; do sleep 1000; done'], {
      stdout: 'pipe',
      stderr: 'ignore',
    })
    for await (const _ of deaf.stdout) break
    assert.equal((await deaf.terminate({ graceMs: 30 })).signal, 'SIGKILL')
    const stopped = await started(['sleep', '1000'])
    await stopped.pause()
    assert.equal((await stopped.terminate({ graceMs: 60_000 })).signal, 'SIGTERM')
  })

  it('end members of the group that outlive its leader', async () => {
    const program = await started(['sh', '-c', 'sh -c \'trap "" TERM; while :; do sleep 1000; done\' & wait'])
    const [left] = await until('it has a family', () => {
      const found = descendants(program.pid ?? 0)
      return found.length >= 2 && found
    })
    await program.terminate({ graceMs: 50 })
    await until('the deaf one is gone', () => left !== undefined && !isSameProcess(left.pid, left.startTicks))
  })

  it('end the tree, whatever group its members went to', async () => {
    const program = await started(['sh', '-c', 'setsid sleep 1000 & wait'])
    const child = await until('its child runs in a session of its own', () =>
      descendants(program.pid ?? 0).find(({ pid, sessionId }) => pid === sessionId),
    )
    await program.terminate({ tree: true })
    await until('it is gone', () => !isSameProcess(child.pid, child.startTicks))
  })
})

describe('resources', { skip: unlessNative }, () => {
  it('of a program that computes are CPU time, of one that waits none', async () => {
    const burner = await (await started(['sh', '-c', 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'])).wait()
    const sleeper = await (await started(['sleep', '0.1'])).wait()
    const [burnt, slept] = [burner.resources?.userMs ?? 0, sleeper.resources?.userMs ?? Infinity]
    assert.ok(burnt > 50 && burnt <= burner.endedAt - burner.startedAt + 50, `${burnt} ms`)
    assert.ok(slept < burnt / 4, `${slept} ms beside ${burnt} ms`)
    assert.ok((sleeper.resources?.voluntarySwitches ?? 0) > 0)
  })

  it('of a large program is its memory, of a small one that lives long enough a sample', async () => {
    const large = await (await started([process.execPath, '-e', 'globalThis.x = Buffer.alloc(200e6, 1)'])).wait()
    assert.ok((large.resources?.maxRssBytes ?? 0) > 200e6)
    const small = await started(['sleep', '1000'])
    const begunMs = performance.now()
    await until('some samples were due', () => performance.now() - begunMs > 3_000)
    const bytes = (await small.kill()).resources?.maxRssBytes ?? 0
    assert.ok(bytes > 100_000 && bytes < 20e6, `${bytes} bytes`)
  })

  it('can be limited: nice and affinity', async () => {
    const program = await started(['sleep', '1000'], { ...quiet, nice: 7, affinity: [0] })
    const entry = readProcess(program.pid ?? 0)
    assert.deepEqual([entry?.nice, entry?.cpu], [7, 0])
    assert.match(readFileSync(`/proc/${program.pid}/status`, 'utf8'), /^Cpus_allowed_list:\t0$/m)
    await program.kill()
  })
})

describe('many programs', () => {
  it('200 quick ones at once all end, and leave no zombie and no descriptor', async () => {
    await (await started(['true'])).wait()
    const keeper = await ownKeeper()
    const count = (pid: number | 'self'): number => readdirSync(`/proc/${pid}/fd`).length
    const before = [count('self'), count(keeper.pid)] as const
    const ends = await Promise.all(
      Array.from({ length: 200 }, async (_, index) => {
        const program = await started(['sh', '-c', `echo ${index}; exit ${index % 100}`], {
          stdout: 'pipe',
          stderr: 'pipe',
        })
        const text = await textOf(program.stdout)
        return [text, (await program.wait()).exitCode]
      }),
    )
    assert.deepEqual(
      ends,
      Array.from({ length: 200 }, (_, index) => [`${index}\n`, index % 100]),
    )
    assert.deepEqual(descendants(keeper.pid), [])
    await until('all is closed', () => count('self') <= before[0] + 1 && count(keeper.pid) <= before[1] + 1)
  })

  it('have one keeper, which is the parent of all and reaps orphans too', { skip: unlessNative }, async () => {
    const keeper = await ownKeeper()
    const program = await started(['sh', '-c', 'sleep 0.05 & exit 0'])
    await program.wait()
    const other = await started(['sleep', '1000'])
    assert.equal(readEntry(other.pid ?? 0)?.parentPid, keeper.pid)
    await until('the orphan was adopted and reaped', () => descendants(keeper.pid).length === 1)
    await other[Symbol.asyncDispose]()
  })
})
