/** Workloads that pages are tested with. */
import type { PageContent } from '#lanework/schedule/index.js'
import { hostileNames } from '../schedule/draw/plain.js'

export const mixed: PageContent = {
  title: 'Three jobs',
  description: 'Two compute, one reads.',
  workload: [
    { name: 'A', bursts: [{ cpu: 6 }] },
    { name: 'B', arrival: 1, bursts: [{ cpu: 2 }, { io: 3, device: 'disk' }, { cpu: 2 }] },
    { name: 'C', arrival: 2, bursts: [{ cpu: 4 }] },
  ],
  machine: { policy: 'rr', options: { quantum: 2 }, devices: { disk: {} } },
}

export const one: PageContent = { title: 'One job', workload: [{ name: 'only', bursts: [{ cpu: 1 }] }] }

export const twoHundred: PageContent = {
  title: 'Two hundred jobs',
  workload: Array.from({ length: 200 }, (_, n) => ({
    name: `job${n}`,
    arrival: n * 3,
    bursts: [{ cpu: 2 + (n % 5) }, { io: 4 }, { cpu: 1 + (n % 3) }],
  })),
  machine: { policy: 'mlfq', cpus: 2 },
}

export const hostile: PageContent = {
  title: '</script><script>alert("title")</script>\x1b[31m',
  description: '<img src=x onerror=alert("description")> \u202Eback',
  workload: hostileNames
    .filter((name) => name !== '')
    .map((name) => ({ name, owner: name, bursts: [{ cpu: 3 }, { io: 2, device: name }, { cpu: 1 }] })),
  machine: { policy: 'rr', options: { quantum: 2 } },
}

/** Twelve jobs that want more memory than there is. */
export const crowded: PageContent = {
  title: 'Memory',
  workload: Array.from({ length: 12 }, (_, n) => ({
    name: `m${n}`,
    arrival: n,
    memory: 20 + (n % 4) * 10,
    bursts: [{ cpu: 4 }],
  })),
  machine: { policy: 'fcfs', memory: { size: 100, kind: 'first' } },
}
