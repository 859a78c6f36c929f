/** What a child that is kept ready does while it waits, so that its first task need not: the first time of all is slow. */
import { Decoder, Encoder } from '../codec/index.ts'

/** Fresh memory of V8's that is touched; the kernel hands it out page by page, which costs more than its use. */
const touchedBytes = 4_194_304

/** Loads a module, codes values, and uses the memory that the next thousands of objects will be in. */
export async function rehearse(): Promise<void> {
  // What the module of a task imports in turn. The build must not see the path, or it joins the module with this one.
  await import(new URL('../index.js', import.meta.url).href)
  // Node makes both streams when they are first asked for, which is when a result is to be sent after its output.
  void [process.stdout, process.stderr]
  const encoder = new Encoder()
  encoder.value({ name: 'a', list: [1, 2.5, 'b'], nested: new Map([['c', 1n]]) })
  const decoder = new Decoder()
  decoder.read(encoder.bytes, 0, encoder.length)
  decoder.value()
  let kept: unknown[] = []
  for (let bytes = 0; bytes < touchedBytes; bytes += 64) kept = [kept.length, bytes, kept.length, bytes]
}
