/** What a child waits for before it ends: that all it sent to others, through pipes and to objects elsewhere, has left or arrived. */
import { drainChannels } from '../channel/index.ts'
import { servedCallsSettled } from '../served/link.ts'

export async function allSent(): Promise<void> {
  await servedCallsSettled()
  await drainChannels()
}
