// A process is killed while it holds a lock. Nobody hangs: the next owner gets it, and is told.
import { Lock, Pipe, Process } from 'lanework/process'
import { holdForever } from './tasks/together.ts'

const lock = new Lock()
const [here, there] = Pipe<string>()
const holder = await new Process(holdForever, [lock, there]).start()
console.log(`holder: ${await here.recv()}`)
console.log(`parent tries: ${lock.tryAcquire() === undefined ? 'it is taken' : 'it is free'}`)

const waiting = lock.acquire({ timeoutMs: 5_000 })
const { reason, signal } = await holder.kill()
console.log(`holder: ended by a ${reason}, ${signal}`)

const held = await waiting
console.log(`parent: has the lock, its owner died: ${held.ownerDied}`)
held.release()

const next = await lock.acquire()
console.log(`parent: has it again, its owner died: ${next.ownerDied}`)
next.release()
lock.close()
