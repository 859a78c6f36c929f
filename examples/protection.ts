// A program leaves its space: stopped by base and limit, or free to do as it likes.
import { guardedMemory, translateBaseLimit, variablePartitions } from 'lanework/schedule'

console.log('base 300, limit 200:')
for (const address of [0, 199, 200])
  console.log(`  ${address}: ${translateBaseLimit(address, { base: 300, limit: 200 }).why}`)

for (const protection of [true, false]) {
  console.log(`protection ${protection ? 'on' : 'off'}:`)
  const machine = guardedMemory(variablePartitions({ size: 1_000, protection }), 300)
  machine.load('chat', 200)
  machine.load('game', 300)
  console.log(`  chat reads -250: ${machine.access('chat', -250, 'read').effect}`)
  if (machine.jobs().includes('chat'))
    console.log(`  chat writes -100: ${machine.access('chat', -100, 'write').effect}`)
  console.log(`  the system runs: ${machine.systemUp}; alive: ${machine.jobs().join(', ') || 'nobody'}`)
}
