// The application that pm2 runs in cluster mode: tells when it is ready, and goes when it gets SIGINT.

import { serveLines } from './plain-worker.mjs'

const { BENCH_TRANSPORT: transport, BENCH_PORT: port } = process.env
const end = await serveLines(transport, Number(port))
process.on('SIGINT', async () => {
  await end()
  process.exit(0)
})
process.send('ready')
