// Bytes that are no text: what is lost when they are decoded, and how a room keeps them.
import { cleanText, describeBytes } from 'lanework/services/chat'

const datagrams = {
  'UTF-8': Buffer.from('你好'),
  GBK: Buffer.from([0xc4, 0xe3, 0xba, 0xc3]),
  'Latin-1': Buffer.from('gr\xfcezi', 'latin1'),
  'cut off': Buffer.from('你好').subarray(0, 5),
}

for (const [what, bytes] of Object.entries(datagrams)) {
  let strict = 'accepts it'
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    strict = 'throws'
  }
  const again = Buffer.from(bytes.toString())
  console.log(
    `${what}: a strict decoder ${strict}; decoded and encoded it is ${again.equals(bytes) ? 'the same' : 'another'}`,
  )
  console.log(`  shown as ${describeBytes(bytes)}`)
}

// Text may be valid and still be an order to a terminal.
const orders = 'hi\u001b[2J there\r\nQUIT'
console.log(`${JSON.stringify(orders)} is shown as ${cleanText(orders)}`)
