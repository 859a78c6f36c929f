/** Our client and a real chronyd that serves on loopback, as packed for Debian. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'

import { realTimeNs } from '#lanework/io/index.js'
import { ClockKeeper, DisciplinedClock, measure, queryNtp } from '#lanework/services/time/index.js'
import { lanework } from '../../../support/command.js'
import { folder } from '../../../support/folder.js'
import { freePort } from '../../../support/free-port.js'
import { until } from '../../../support/until.js'

const environment = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C' }
const isMissing = spawnSync('chronyd', ['--version'], { env: environment }).error !== undefined
const skip = isMissing ? 'chronyd is not installed (Debian package chrony)' : false

describe('a chronyd that serves its local clock', { skip }, () => {
  let chronyd: ChildProcess
  let server: string
  let said = ''

  before(async () => {
    const port = await freePort()
    server = `127.0.0.1:${port}`
    const state = mkdtempSync(join(folder, 'chrony-'))
    const lines = [
      `port ${port}`,
      'bindaddress 127.0.0.1',
      'allow 127.0.0.1',
      'local stratum 5',
      'cmdport 0',
      'bindcmdaddress /',
      `pidfile ${join(state, 'pid')}`,
    ]
    // -x: it does not touch the clock; -U: it need not be root; -d: it stays our child.
    chronyd = spawn('chronyd', ['-x', '-U', '-d', '-f', '/dev/null', ...lines], {
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    for (const stream of [chronyd.stdout, chronyd.stderr])
      stream?.on('data', (chunk: Buffer) => (said += String(chunk)))
    await until('chronyd answers', async () => {
      if (chronyd.exitCode !== null) throw new Error(`chronyd ended: ${said}`)
      return queryNtp(server, { timeoutMs: 500 }).catch(() => undefined)
    })
  })

  after(() => chronyd.kill('SIGKILL'))

  it('is measured: the offset of the same machine is nothing, within the bound', async () => {
    for (const version of [4, 3]) {
      const { combined, servers } = await measure([server], { version, samples: 8, spacingMs: 10 })
      assert.ok(combined !== undefined, servers[0]?.reason)
      assert.deepEqual([combined.stratum, combined.leap], [5, 0])
      // 127.127.1.1 is chrony's word for its local clock.
      assert.equal(servers[0]?.measured?.refId, 0x7f7f0101)
      assert.ok(Math.abs(combined.offset) <= combined.bound + 1e-3, `${combined.offset} s, bound ${combined.bound} s`)
    }
  })

  it('keeps a clock, at one stratum more', async () => {
    const clock = new DisciplinedClock()
    const keeper = new ClockKeeper(clock, [server])
    await until('it is synchronised', () => clock.synchronised)
    assert.equal(clock.state().stratum, 6)
    const { earliest, latest } = clock.now()
    const wallNs = realTimeNs()
    assert.ok(earliest - 2_000_000n <= wallNs && wallNs <= latest + 2_000_000n, `${earliest} ${wallNs} ${latest}`)
    await keeper.close()
  })

  it('is measured by `lanework ntp`', async () => {
    const { code, stdout, stderr } = await lanework(['ntp', server, '--samples', '2'])
    assert.equal(code, 0, stderr)
    assert.match(stdout, new RegExp(`${server} +5 +127\\.127\\.1\\.1 .* 2 of 2 +yes, best`))
  })
})
