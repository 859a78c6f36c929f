// pm2 in cluster mode, started from where BENCH_PM2 says it is installed, with a home of its own that goes with it. Its
// daemon is this process, so that nothing stays behind.

import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { given, obey, say } from './orders.mjs'

const { transport, port, lanes } = given
const home = mkdtempSync(join(tmpdir(), 'bench-pm2-'))
process.env.PM2_HOME = home
process.env.PM2_DISABLE_VERSION_CHECK = 'true'
const pm2 = createRequire(join(process.env.BENCH_PM2, 'index.js'))('pm2')
const call = (name, ...words) => promisify(pm2[name].bind(pm2))(...words)

// What pm2 prints is not part of the conversation.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = (text, ...rest) => (String(text).startsWith('{"') ? write(text, ...rest) : true)

await call('connect', true)
await call('start', {
  name: 'bench',
  script: fileURLToPath(new URL('./pm2-app.mjs', import.meta.url)),
  exec_mode: 'cluster',
  instances: lanes,
  wait_ready: true,
  listen_timeout: 5_000,
  kill_timeout: 5_000,
  // So many deaths are meant here; by itself pm2 gives up after 16 quick ones.
  max_restarts: 1_000_000,
  min_uptime: 100,
  env: { ...process.env, BENCH_TRANSPORT: transport, BENCH_PORT: String(port) },
  out_file: '/dev/null',
  error_file: '/dev/null',
  pmx: false,
})
obey({
  async lanes() {
    const list = await call('list')
    return list.map(({ pm_id: id, pid, pm2_env: { status } }) => ({ id, pid, isReady: status === 'online' && pid > 0 }))
  },
  async reload() {
    await call('reload', 'bench')
  },
  async stop() {
    await call('delete', 'bench').catch(() => {})
    rmSync(home, { recursive: true, force: true })
  },
})
say({ listening: `${transport}://127.0.0.1:${port}` })
