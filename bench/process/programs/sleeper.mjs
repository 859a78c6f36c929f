// A bare child that waits for messages that never come.

import { parentPort } from 'node:worker_threads'
import { post } from './post.mjs'

if (parentPort) parentPort.on('message', () => undefined)
else process.on('message', () => undefined)
if (parentPort) post(parentPort, 'ready')
else process.send('ready')
