// A conversation over a pipe: what goes in at one end comes out at the other, message by message.
import { Pipe, Process } from 'lanework/process'
import { answer } from './tasks/together.ts'

const [here, there] = Pipe<string>()
const child = await new Process(answer, [there]).start()

for (const word of ['hello', 'how are you', 'goodbye']) {
  await here.send(word)
  console.log(`parent: ${word}; child: ${await here.recv()}`)
}
console.log(`more to read: ${await here.poll(10)}`)

here.close() // the child reads the end
console.log(`child: answered ${await child.result()} times`)
