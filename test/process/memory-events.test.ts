/** The kernel's count of processes killed for want of memory, in both versions of control groups. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import { oomKills } from '#lanework/process/memory-events.js'
import { folder } from '../support/folder.ts'

/** A machine's files under a folder. */
function machine(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(folder, 'root'))
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  return root
}

const unified = '29 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n'
const memory = '33 25 0:30 / /sys/fs/cgroup/memory rw shared:9 - cgroup cgroup rw,memory\n'
const events = 'low 0\nhigh 0\nmax 12\noom 3\noom_kill 2\noom_group_kill 0\n'

describe('kills for want of memory', () => {
  it('are read in version 2, of the own group', () => {
    const root = machine({
      'proc/self/mountinfo': unified,
      'proc/self/cgroup': '0::/user.slice/app.service\n',
      'sys/fs/cgroup/user.slice/app.service/memory.events': events,
    })
    assert.equal(oomKills(root), 2)
  })

  it('are read in version 1, beside a version 2 without memory', () => {
    const root = machine({
      'proc/self/mountinfo': `${unified}${memory}`,
      'proc/self/cgroup': '4:memory:/app\n1:cpu:/app\n0::/app\n',
      'sys/fs/cgroup/memory/app/memory.oom_control': 'oom_kill_disable 0\nunder_oom 0\noom_kill 7\n',
    })
    assert.equal(oomKills(root), 7)
  })

  it('are found in a container, whose mount starts at its own group, and under names with blanks', () => {
    const root = machine({
      'proc/self/mountinfo': '29 23 0:26 /docker/a\\040b /sys/fs/c\\040group rw - cgroup2 cgroup2 rw\n',
      'proc/self/cgroup': '0::/docker/a b/inner\n',
      'sys/fs/c group/inner/memory.events': events,
    })
    assert.equal(oomKills(root), 2)
  })

  it('are undefined where nothing can be read', () => {
    assert.equal(oomKills(machine({})), undefined)
    assert.equal(oomKills(machine({ 'proc/self/mountinfo': unified, 'proc/self/cgroup': '0::/x\n' })), undefined)
  })

  it('of this machine are a count or unknown', () => {
    const count = oomKills()
    assert.ok(count === undefined || (Number.isInteger(count) && count >= 0))
  })
})
