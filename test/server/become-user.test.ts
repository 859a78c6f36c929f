/** Giving up root: who is found in the tables, and that nothing of root is left. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'

import { findUser } from '#lanework/server/become-user.js'
import { unlessRoot } from '../support/capability.ts'
import { runFixture } from '../support/fixture.ts'

const tables = {
  passwd: 'root:x:0:0:root:/root:/bin/sh\n# a remark\nweb:x:33:33::/var/www:/bin/false\n1000:x:77:78::/:/bin/sh\n',
  group: 'root:x:0:\nweb:x:33:\nlogs:x:4:syslog,web\nwebmasters:x:5:other\n',
}

describe('a user', () => {
  it('is found by name or number, with the own group and those that list the name', () => {
    assert.deepEqual(findUser('web', undefined, tables), { uid: 33, gid: 33, groups: [33, 4], name: 'web' })
    assert.deepEqual(findUser(33, undefined, tables), { uid: 33, gid: 33, groups: [33, 4], name: 'web' })
    assert.deepEqual(findUser('33', 'logs', tables), { uid: 33, gid: 4, groups: [4], name: 'web' })
  })

  it('of a number that no table knows needs a group', () => {
    assert.deepEqual(findUser(4_000, 5, tables), { uid: 4_000, gid: 5, groups: [5], name: '4000' })
    assert.throws(() => findUser(4_000, undefined, tables), { code: 'OPTION_INVALID' })
  })

  it('nobody knows is OPTION_INVALID', () => {
    for (const user of ['wbe', '', '-1', '4294967295', 1.5, '12x', '0x0']) {
      assert.throws(() => findUser(user, 'web', tables), { code: 'OPTION_INVALID' }, String(user))
    }
    assert.throws(() => findUser('web', 'loggs', tables), { code: 'OPTION_INVALID' })
  })
})

describe('becoming nobody', { skip: unlessRoot }, () => {
  it('leaves no way back to root', async () => {
    const fixture = runFixture('become-user', ['nobody'])
    const became = (await fixture.hear('became')) as { uid: number; gid: number }
    const { ids } = fixture.said.find((line) => 'ids' in line) as { ids: number[] }
    assert.ok(became.uid > 0 && became.gid > 0)
    assert.deepEqual(ids, [became.uid, became.uid, became.gid, became.gid])
    assert.deepEqual(await fixture.hear('groups'), [became.gid])
    assert.deepEqual(await fixture.hear('back'), ['EPERM', 'EPERM'])
    assert.equal(await fixture.hear('shadow'), 'EACCES')
    assert.equal(await fixture.hear('same'), 'done')
    assert.equal(await fixture.hear('again'), 'PERMISSION_DENIED')
    assert.equal(await fixture.ended, 0)
  })

  it('is refused for an unknown name, and nothing has changed', async () => {
    const fixture = runFixture('become-user', ['nobody-of-that-name'])
    assert.equal(await fixture.hear('failed'), 'OPTION_INVALID')
    assert.equal(await fixture.ended, 0)
  })
})

it('a worker thread may not: UNSUPPORTED', async () => {
  const worker = new Worker(new URL('../fixtures/become-user.js', import.meta.url), { stdout: true })
  let said = ''
  worker.stdout.on('data', (chunk: Buffer) => (said += String(chunk)))
  await new Promise((resolve) => worker.stdout.on('end', resolve))
  assert.match(said, /"failed":"UNSUPPORTED"/)
})
