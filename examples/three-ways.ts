// One job three ways. It is written once; where it runs, and what it shares, is decided by the caller.
import { Process } from 'lanework/process'
import { place } from './tasks/work.ts'

const pages = [1, 2, 3]
type Place = Awaited<ReturnType<typeof place>>

function report(way: string, places: Place[]): void {
  const total = places.reduce((sum, { length }) => sum + length, 0)
  const processes = new Set(places.map(({ pid }) => pid)).size
  const threads = new Set(places.map(({ thread }) => thread)).size
  console.log(`${way}: ${total} bytes, processes: ${processes}, threads: ${threads}`)
}

async function runAs(startMethod: 'spawn' | 'thread'): Promise<Place[]> {
  const children = pages.map((page) => new Process(place, [page], { startMethod }))
  for (const child of children) await child.start()
  return await Promise.all(children.map((child) => child.result()))
}

report('coroutines', await Promise.all(pages.map((page) => place(page))))
report('threads', await runAs('thread'))
report('processes', await runAs('spawn'))
