// A producer and a consumer in two processes, and a queue of four places between them: the faster one waits.
import { Process, Queue } from 'lanework/process'
import { bake, eat } from './tasks/together.ts'

const queue = new Queue<string>({ capacity: 4 })
const consumer = await new Process(eat, [queue]).start()
const producer = await new Process(bake, [queue, 20]).start()

let most = 0
const watch = setInterval(() => (most = Math.max(most, queue.qsize())), 1)
const eaten = await consumer.result()
clearInterval(watch)

console.log(`producer: exit code ${await producer.join()}`)
console.log(`consumer: ${eaten.length} eaten, from ${eaten[0]} to ${eaten.at(-1)}, in order: ${inOrder(eaten)}`)
console.log(`never more than 4 in the queue: ${most <= 4}`)
queue.close()

function inOrder(buns: string[]): boolean {
  return buns.every((bun, index) => bun === `bun ${index + 1}`)
}
