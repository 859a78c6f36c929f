// A disk for two users: whose each block is, and what each way of handing them out costs.
import { createDisk, diskMethods } from 'lanework/schedule'

for (const method of diskMethods) {
  const disk = createDisk({ method, blocks: 24, blockSize: 512, direct: 2, quotas: { bob: 8 } })
  disk.create('notes', 1_500, 'ada')
  disk.create('film', 3_000, 'bob')
  disk.grow('notes', 2_000)
  const letters = disk.ledger().map(({ file, use }) => (use === 'data' ? file?.[0] : (use?.[0]?.toUpperCase() ?? '.')))
  const [all, last] = [disk.read('notes'), disk.readAt('notes', 3_400)]
  console.log(`${method}: ${letters.join('')}`)
  console.log(`  notes: read in ${all.seeks} seeks; its last byte in ${last.blocks.length} blocks`)
  try {
    disk.create('photos', 2_000, 'bob')
  } catch (error) {
    if (method === 'fat') console.log(`  ${(error as Error).message}`)
  }
}
