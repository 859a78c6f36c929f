// How often may one speak? At most 3 messages in any 10 seconds, by the times of one's last messages.
const most = 3
const windowMs = 10_000
const times = new Map<string, number[]>()

/** 0 when it may be said now, else how long to wait. */
function mustWait(speaker: string, nowMs: number): number {
  const recent = (times.get(speaker) ?? []).filter((atMs) => atMs > nowMs - windowMs)
  if (recent.length < most) recent.push(nowMs)
  else return (recent[0] ?? nowMs) + windowMs - nowMs
  times.set(speaker, recent)
  return 0
}

const said: [string, number][] = [
  ['alice', 0],
  ['alice', 4_000],
  ['alice', 5_000],
  ['alice', 6_000],
  ['bob', 6_000],
  ['alice', 9_999],
  ['alice', 10_000],
  ['alice', 10_500],
]
for (const [speaker, atMs] of said) {
  const waitMs = mustWait(speaker, atMs)
  console.log(`${speaker} at ${atMs / 1_000} s: ${waitMs === 0 ? 'said' : `too fast, wait ${waitMs / 1_000} s`}`)
}
