/** What the page shows if it was opened without a workload: three jobs that compute and read, so that something happens. */
import type { PageContent } from '../../src/schedule/index.ts'

export const demo: PageContent = {
  title: 'Three jobs on one CPU',
  description:
    'An editor that mostly waits, a compiler, and a long computation. Change the policy and see who waits for whom.',
  workload: [
    { name: 'compute', bursts: [{ cpu: 18 }] },
    { name: 'build', arrival: 1, bursts: [{ cpu: 5 }, { io: 3, device: 'disk' }, { cpu: 5 }] },
    {
      name: 'editor',
      arrival: 2,
      bursts: [{ cpu: 1 }, { io: 5, device: 'keyboard' }, { cpu: 1 }, { io: 5, device: 'keyboard' }, { cpu: 1 }],
    },
  ],
  machine: { policy: 'rr', options: { quantum: 3 }, devices: { disk: {}, keyboard: {} } },
}
