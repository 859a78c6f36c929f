/** The first module of every worker thread: opens the channel and waits to be told what to do. */
import { workerData } from 'node:worker_threads'

import { PortTransport } from '../channel/index.ts'
import type { ThreadData } from '../child/spawn-thread.ts'
import { serve } from './serve.ts'

const { port, transit } = workerData as ThreadData
serve(new PortTransport(port, { transit }), { parentPid: process.pid, end: (code) => process.exit(code) })
