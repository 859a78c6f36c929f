// The same holes and the same jobs: which hole does each rule choose?
import { fits, variablePartitions } from 'lanework/schedule'

for (const fit of fits) {
  const memory = variablePartitions({ size: 1_100, fit })
  const jobs = { A: 100, B: 150, C: 50, D: 300, E: 100, F: 120, G: 80 }
  for (const [job, size] of Object.entries(jobs)) memory.admit(job, size)
  for (const job of ['B', 'D', 'F']) memory.release(job)
  const holes = memory.freeList().map(({ base, size }) => `${size} at ${base}`)
  if (fit === 'first') console.log(`holes: ${holes.join(', ')}`)
  const placed = Object.entries({ H: 110, I: 140, J: 250 }).map(([job, size]) => {
    const place = memory.admit(job, size)
    return place === undefined ? `${job} waits` : `${job} at ${place.base}`
  })
  console.log(`${fit} fit: ${placed.join(', ')}`)
}
