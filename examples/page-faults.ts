// Which page leaves when memory is full, and how more memory can make it worse.
import { beladyAnomalies, faultCurve, replay, workingSet, type ReplacementPolicy } from 'lanework/schedule'

const references = [1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5]
const policies: ReplacementPolicy[] = ['fifo', 'lru', 'clock', 'opt']

console.log(`references: ${references.join(' ')}`)
for (const policy of policies) {
  const { faults, hits } = replay(references, { frames: 3, policy })
  const curve = faultCurve(references, 5, { policy })
  console.log(
    `${policy}: 3 frames, ${faults} faults, ${hits} hits; 1 to 5 frames: ${curve.map((each) => each.faults).join(' ')}`,
  )
  for (const { from, to } of beladyAnomalies(curve))
    console.log(`  Belady's anomaly: ${from.frames} frames ${from.faults} faults, ${to.frames} frames ${to.faults}`)
}
console.log(`pages in use, over 4 references: ${workingSet(references, 4).sizes.join(' ')}`)
