// The least program that has a result.

import { parentPort } from 'node:worker_threads'

if (parentPort) parentPort.postMessage('hello')
else process.send('hello', () => process.disconnect())
