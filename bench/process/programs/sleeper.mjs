// A bare child that waits for messages that never come.

import { parentPort } from 'node:worker_threads'

if (parentPort) parentPort.on('message', () => undefined)
else process.on('message', () => undefined)
if (parentPort) parentPort.postMessage('ready')
else process.send('ready')
