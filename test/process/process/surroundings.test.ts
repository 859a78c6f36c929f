/** What a child has from its parent: flags, environment, folder, loaders. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { keepWarm, Pool, Process, taskFrom } from '#lanework/process/index.js'
import { environmentForChild, flagsForChild, flagsForThread } from '#lanework/process/child/flags.js'
import { surroundings } from '../../fixtures/process-tasks.js'
import { childrenOf, statOf } from '../../support/process-table.js'
import { until } from '../../support/until.js'
import { started } from './methods.js'

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'lanework-surroundings-')))
after(() => rmSync(folder, { recursive: true, force: true }))

const lanework = import.meta.resolve('#lanework/process/index.js')
const fixtures = new URL('../../fixtures/process-tasks.js', import.meta.url).href

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

/** Runs node as a program of its own, not as a part of these tests; its output. */
async function node(...args: string[]): Promise<string> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder, env })
  return stdout.trim()
}

describe('of the flags of a program, its children get', () => {
  const cases: readonly [string, string[], string[]][] = [
    [
      'what loads modules',
      ['--import', './a.mjs', '-r', 'b', '--loader=c'],
      ['--import', './a.mjs', '-r', 'b', '--loader=c'],
    ],
    ['no program text', ['-e', 'code', '--import', 'a'], ['--import', 'a']],
    ['no kind of program text', ['--input-type=module', '--eval', 'code'], []],
    ['no kind of program text, be it a word of its own', ['--input-type', 'module', '-p', '1'], []],
    [
      'no port of an inspector',
      ['--inspect', '--inspect-brk=0', '--inspect-port', '9230', '--no-warnings'],
      ['--no-warnings'],
    ],
    [
      'nothing of the test runner',
      ['--test', '--test-reporter', 'spec', '--test-name-pattern=x', '--conditions', 'a'],
      ['--conditions', 'a'],
    ],
    [
      'no profiler, no report and no watcher',
      ['--cpu-prof', '--report-on-signal', '--watch-path', 'src', '--watch'],
      [],
    ],
    [
      'what only looks alike',
      ['--experimental-eventsource', '--preserve-symlinks'],
      ['--experimental-eventsource', '--preserve-symlinks'],
    ],
  ]
  for (const [what, flags, passed] of cases) {
    it(what, () => assert.deepEqual(flagsForChild(flags), passed))
  }
})

it('a thread gets its own flags only where it must', () => {
  assert.equal(flagsForThread(['--import', 'a', '--max-old-space-size=64']), undefined)
  const flags = ['--max-old-space-size=64', '--input-type=module', '-e', 'code', '-r', 'b', '--conditions=c']
  assert.deepEqual(flagsForThread(flags), ['-r', 'b', '--conditions=c'])
})

it('an inspector in NODE_OPTIONS is not passed on either', () => {
  const given = { A: '1', NODE_OPTIONS: '--no-warnings --inspect-brk=9229 --max-old-space-size=64' }
  assert.deepEqual(environmentForChild(given), { A: '1', NODE_OPTIONS: '--no-warnings --max-old-space-size=64' })
  assert.equal(environmentForChild({ A: '1' })['NODE_OPTIONS'], undefined)
})

describe('a child', { concurrency: 3 }, () => {
  it('has the folder, environment and flags it was given', async () => {
    const env = { ...process.env, LANEWORK_TEST_VARIABLE: 'given' }
    const child = await started(surroundings, [], { cwd: folder, env, execArgv: ['--no-deprecation'] })
    const { options: _, ...seen } = await child.result()
    assert.deepEqual(seen, {
      cwd: folder,
      variable: 'given',
      bootstrap: undefined,
      execArgv: ['--no-deprecation'],
    })
  })

  it('that is a thread has an environment of its own, too', async () => {
    const child = await started(surroundings, [], { startMethod: 'thread', env: { LANEWORK_TEST_VARIABLE: 'given' } })
    assert.equal((await child.result()).variable, 'given')
  })

  it('that was kept warm has the environment of now', async () => {
    process.env['LANEWORK_TEST_VARIABLE'] = 'first'
    const first = await started(surroundings, [], { startMethod: 'warm' })
    assert.equal((await first.result()).variable, 'first')
    process.env['LANEWORK_TEST_VARIABLE'] = 'second'
    const second = await started(surroundings, [], { startMethod: 'warm' })
    assert.equal((await second.result()).variable, 'second')
    delete process.env['LANEWORK_TEST_VARIABLE']
  })
})

describe('a child that is kept ready', () => {
  it('has come to rest when it is taken, and is the one that runs the task', async () => {
    const before = childrenOf(process.pid)
    keepWarm(1, { preload: [surroundings] })
    const kept = childrenOf(process.pid).find((pid) => !before.includes(pid))
    assert.ok(kept !== undefined)
    // At rest: it has used no CPU for a while.
    let used = -1
    await until('the process that is kept ready rests', async () => {
      const last = used
      used = Number(statOf(kept)?.[11]) + Number(statOf(kept)?.[12])
      await delay(150)
      return used > 0 && used === last
    })
    const first = await started(surroundings, [], { startMethod: 'warm' })
    assert.equal(first.pid, kept)
    await first.result()
    keepWarm(0)
  })

  it('tells of a module that does not load when its task is to run', async () => {
    const broken = file('broken.mjs', 'throw new Error("broken on purpose")')
    const task = taskFrom<[], void>(pathToFileURL(broken), 'none')
    keepWarm(1, { preload: [task] })
    const child = await started(task, [], { startMethod: 'warm' })
    await assert.rejects(child.result(), { code: 'TASK_NOT_FOUND', message: /broken on purpose/ })
    keepWarm(0)
  })
})

it('a thread has no folder of its own', () => {
  const expected = { code: 'OPTION_INVALID', message: /cwd/ }
  assert.throws(() => new Process(surroundings, [], { startMethod: 'thread', cwd: folder }), expected)
  assert.throws(() => new Pool({ laneKind: 'thread', cwd: folder }), expected)
  assert.throws(() => new Pool({ laneKind: 'inline', cwd: folder }), expected)
})

describe('a child finds its task', { concurrency: 3 }, () => {
  /** Ends in a line of JSON: what the task gave as a process and as a thread. */
  const runBoth = (target: string): string => `
    const results = []
    for (const startMethod of ['spawn', 'warm', 'thread']) {
      const child = await new Process(${target}, [1, 2], { startMethod }).start()
      results.push(await child.result())
    }
    console.log(JSON.stringify(results))`

  it('in TypeScript, where its parent runs with a loader for it', async () => {
    file('register.mjs', `import { register } from 'node:module'; register('./hooks.mjs', import.meta.url)`)
    file(
      'hooks.mjs',
      `import { readFile } from 'node:fs/promises'
      export async function load(url, context, next) {
        if (!url.endsWith('.ts')) return next(url, context)
        const text = await readFile(new URL(url), 'utf8')
        return { format: 'module', source: text.replaceAll(': number', ''), shortCircuit: true }
      }`,
    )
    file(
      'task.ts',
      `import { task } from '${lanework}'
      export const add = task(import.meta, 'add', (a: number, b: number) => a + b)`,
    )
    const main = file(
      'main.ts',
      `import { Process } from '${lanework}'\nimport { add } from './task.ts'\n${runBoth('add')}`,
    )
    assert.equal(await node('--import', './register.mjs', main), '[3,3,3]')
  })

  it('for a program that is a text on the command line', async () => {
    const text = `import { Process, taskFrom } from '${lanework}'\n${runBoth(`taskFrom('${fixtures}', 'add')`)}`
    assert.equal(await node('--input-type=module', '-e', text), '[3,3,3]')
  })

  it('for a program that is being inspected', async () => {
    const main = file(
      'inspected.mjs',
      `import { Process, taskFrom } from '${lanework}'\n${runBoth(`taskFrom('${fixtures}', 'add')`)}`,
    )
    assert.equal(await node('--inspect=127.0.0.1:0', main), '[3,3,3]')
  })

  it('for a program that is a test', async () => {
    const main = file(
      'some.test.mjs',
      `import assert from 'node:assert'
      import { test } from 'node:test'
      import { Process, taskFrom } from '${lanework}'
      test('in a test', async () => {
        const child = await new Process(taskFrom('${fixtures}', 'add'), [1, 2]).start()
        assert.equal(await child.result(), 3)
      })`,
    )
    assert.match(await node('--test', '--test-reporter=tap', main), /# pass 1\n# fail 0/)
  })
})
