/** Functions and classes with addresses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { addressOf, constructionOf, findTask } from '#lanework/process/task.js'
import { handler, Process, task, taskFrom } from '#lanework/process/index.js'

const plain = new URL('../fixtures/process-plain.js', import.meta.url)

describe('task', () => {
  it('gives a function that runs here as before, and has an address', () => {
    const add = task(import.meta, 'add', (a: number, b: number) => a + b)
    assert.equal(add(1, 2), 3)
    assert.equal(add.name, 'add')
    assert.deepEqual(addressOf(add), { url: import.meta.url, name: 'add' })
  })

  it('leaves the function that it was given as it was, so that two tasks may share one', () => {
    const shared = (): number => 1
    const [first, second] = [task(import.meta, 'first', shared), task(import.meta, 'second', shared)]
    assert.equal(shared.name, 'shared')
    assert.deepEqual([addressOf(first).name, addressOf(second).name], ['first', 'second'])
    assert.throws(() => addressOf(shared), { code: 'TASK_INVALID' })
  })

  it('is found by its address without an import, once it is made', async () => {
    task(import.meta, 'findMe', () => 'found')
    assert.equal((await findTask({ url: import.meta.url, name: 'findMe' }))(), 'found')
  })

  it('takes import.meta, a name and a function, and nothing else', () => {
    for (const [meta, name, run] of [
      [{}, 'name', () => 1],
      [import.meta, '', () => 1],
      [import.meta, 1, () => 1],
      [import.meta, 'name', 'text'],
      [undefined, 'name', () => 1],
    ] as const) {
      assert.throws(() => task(meta as never, name as never, run as never), { code: 'TASK_INVALID' })
    }
  })
})

describe('taskFrom', () => {
  it('imports the module when it is called', async () => {
    const triple = taskFrom<[number], number>(plain, 'triple')
    assert.equal(await triple(3), 9)
    assert.deepEqual(addressOf(triple), { url: plain.href, name: 'triple' })
  })

  it('says what it did not find', async () => {
    await assert.rejects(taskFrom(plain, 'nothing')(), { code: 'TASK_NOT_FOUND' })
    await assert.rejects(taskFrom('file:///nowhere.js', 'nothing')(), { code: 'TASK_NOT_FOUND' })
  })
})

describe('handler', () => {
  const Base = handler(
    import.meta,
    'Base',
    class {
      readonly value: number
      constructor(value: number) {
        this.value = value
      }
    },
  )

  it('remembers how each object was made', () => {
    const made = new Base(3)
    assert.equal(made.value, 3)
    assert.ok(made instanceof Base)
    assert.deepEqual(constructionOf(made), { address: { url: import.meta.url, name: 'Base' }, args: [3] })
    assert.deepEqual(Object.keys(made), ['value'])
  })

  it('does not take an object of a subclass for one of its own', () => {
    class Sub extends Base {
      constructor() {
        super(1)
      }
    }
    assert.equal(constructionOf(new Sub()), undefined)
    assert.throws(() => addressOf(Sub), { code: 'TASK_INVALID' })
    const Named = handler(import.meta, 'Named', Sub)
    assert.deepEqual(constructionOf(new Named()), { address: { url: import.meta.url, name: 'Named' }, args: [] })
  })

  it('says of any other value that it has no address', () => {
    for (const value of [undefined, null, 3, 'add', {}, () => 1, Process]) {
      assert.throws(() => addressOf(value), { code: 'TASK_INVALID' })
    }
  })
})
