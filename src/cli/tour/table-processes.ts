/** The tour of processes as data. */
import type { TourRow, TourSection } from './row.ts'

export const processSections: readonly TourSection[] = [
  {
    id: 'starting',
    part: 'processes',
    title: 'Starting processes, and waiting for them',
    introduction:
      'A program is a file; a process is one run of it, with memory, descriptors and a number of its own. Here one process ' +
      'starts others. What a program, a process and a thread are is told in [Programs, processes and threads](what-is-a-process.md).',
  },
  {
    id: 'memory',
    part: 'processes',
    title: 'Memory of its own, and memory shared',
    introduction:
      'The processor translates every address a process uses, by tables that the system keeps for each process. Without shared ' +
      'memory there is no address by which one could reach what belongs to another.',
  },
  {
    id: 'together',
    part: 'processes',
    title: 'Working together',
    introduction:
      'Processes that share nothing can still share work: by messages, which copy, and by locks around what lies outside of all ' +
      'of them, such as a file.',
  },
  {
    id: 'lanes',
    part: 'processes',
    title: 'In turn, concurrent, parallel',
    introduction:
      'Concurrent jobs are in progress together, parallel ones run at the same instant. The first needs only somebody who switches ' +
      'between them; the second needs as many CPUs.',
  },
  {
    id: 'deaths',
    part: 'processes',
    title: 'When a process dies',
    introduction:
      'A process can be killed at any instruction, and gets no chance to tidy up. Whoever works with it has to notice, learn why, ' +
      'and go on.',
  },
]

export const processRows: readonly TourRow[] = [
  {
    section: 'starting',
    name: 'process-start',
    title: 'A process started two ways',
    explanation:
      'A function cannot travel to another process, but its address can: task gives it one, the module and a name, and the ' +
      'child imports that module. handler does the same for a class whose run method is the work. Tasks live in a module of their ' +
      'own, so a child never runs the main program, and no guard around it is needed.',
    seed: 'two ways to create a process: Process(target=...) and a class with run()',
    expected: ['child: hello world, from a task', 'exit code 0', 'child: hello again, from a class', 'exit code 0'],
    tasks: 'greetings',
  },
  {
    section: 'starting',
    name: 'start-returns-first',
    title: 'start() returns before the child prints',
    explanation:
      'start asks the system for a process and goes on as soon as it has one. That process has yet to load Node and its modules, ' +
      'some 50 milliseconds of work, so the lines of the parent come first. Which of two processes is faster is never promised: ' +
      'who needs an order waits, here with join.',
    seed: 'p.start() tells the operating system to start a process: asynchronous submission',
    expected: [
      'parent: started, and alive: true',
      'parent: goes on with other things',
      'child: hello world, from a task',
      'parent: joined, and alive: false',
    ],
    tasks: 'greetings',
  },
  {
    section: 'starting',
    name: 'process-ids',
    title: 'The number of a process, and that of its parent',
    explanation:
      'The system numbers the processes, and gives each the number of the one that started it. A number belongs to its process ' +
      'until the parent has asked how that ended; after that it may be given to a new one, so an old number is no proof of ' +
      'anything.',
    seed: 'os.getpid(), os.getppid(), current_process()',
    expected: [
      'MainProcess: pid <number>, started by lanework: false',
      'Process-1: pid <number>, parent <number>',
      'the parent knows its child: true',
      'the child knows its parent: true',
    ],
    tasks: 'greetings',
  },
  {
    section: 'starting',
    name: 'process-names',
    title: 'A name, given or by default; alive, and not any more',
    explanation:
      'Names are for people: they stand in errors and in the list of processes. terminate sends SIGTERM and resolves after the end ' +
      '(SIGKILL follows when the time of grace is over), so isAlive, which asks the kernel, is right at once and nobody has to ' +
      'sleep first. An exit code below zero is the number of the signal: 15 is SIGTERM.',
    seed: 'p.name, p.terminate(), p.is_alive(): why it is still alive just after terminate',
    expected: [
      'names: Process-1,sleeper',
      'Process-1: alive true, exit code undefined',
      'Process-1: alive false, exit code -15',
      'sleeper: alive true, exit code undefined',
      'sleeper: alive false, exit code -15',
      'children left: 0',
    ],
    tasks: 'greetings',
  },
  {
    section: 'starting',
    name: 'join-processes',
    title: 'Joined one after the other: the sum; all at once: the longest',
    explanation:
      'join waits for the end of a process. With a join directly behind each start, the next process begins when the last has ' +
      'ended, and the times add up. Started first and joined afterwards, they sleep at the same time; whoever is joined second ' +
      'has often ended already, and then join returns at once.',
    seed: 'join in a loop: 1 + 2 + 3 seconds one by one, 3 seconds together',
    expected: [
      'one after the other: at least the sum, 2,400 ms: true',
      'all at once: at least the longest, 1,200 ms: true',
      'all at once: three that wait for one another have ended: true',
    ],
    tasks: 'greetings',
  },
  {
    section: 'starting',
    name: 'spawn-or-fork',
    title: 'What spawn runs again, and what a fork would copy',
    explanation:
      'spawn begins with an empty process, which imports the module of the task from its first line on; what the parent changed in ' +
      'memory since then is not there. A fork would copy the whole memory, so the child would see red, and would run on from ' +
      'the middle. But it copies only the thread that calls it, and V8 cannot do without its others, so lanework refuses. ' +
      'What a child shall know, it is given as an argument.',
    seed: 'a child under Windows runs the module from the top, under Linux it gets a copy; if __name__ == "__main__"',
    expected: [
      'MainProcess: the module of the task runs',
      'MainProcess: the main program runs',
      'Process-1: the module of the task runs',
      'spawn: the child has white, the parent red',
      'fork: UNSUPPORTED: a copy of a running process has only one of its threads, and V8 needs them all',
    ],
    tasks: 'settings',
  },
  {
    section: 'memory',
    name: 'isolation',
    title: 'A child changes its own variables only',
    explanation:
      'The child has its own copy of the module, so its assignment leaves ours alone. Threads of one process could see each ' +
      "other's memory, but JavaScript gives every thread its own variables as well: only a SharedArrayBuffer is the same for all. " +
      'It cannot be given to another process, and start rejects with an error that says so.',
    seed: 'isolation of data between processes: global money = 999',
    expected: [
      'process: has 0, here it is 100',
      'thread: has 0, here it is 100',
      'thread and one buffer: here it is 0',
      'process and that buffer: NOT_SERIALIZABLE',
    ],
    tasks: 'memory',
  },
  {
    section: 'memory',
    name: 'shared-numbers',
    title: 'Two processes count in one array',
    explanation:
      'A SharedArray is memory that the kernel maps into every process that gets the handle: nothing is copied, and it is freed ' +
      'with the last of them. Adding one is reading, adding and writing; done separately, two processes would overwrite each ' +
      "other's result. Atomics.add does the three as one step, so all 200,000 are there.",
    seed: 'what isolation rules out, and how it is allowed after all (a supplement)',
    expected: ['counted by two processes: 200000'],
    tasks: 'memory',
    needs: 'shared-memory',
  },
  {
    section: 'together',
    name: 'writers-and-lock',
    title: 'Two writers to one file, without and with a lock',
    explanation:
      'Each process reads how many tickets are left, and writes one less. If both have read before either writes, ' +
      'two tickets are sold and one is counted. A lock makes reading and writing one step as far as others can see: whoever ' +
      'comes second waits, and reads what the first has written. It makes that part sequential, and that is its price.',
    seed: 'data that several processes change gets into disorder; a lock turns concurrent into serial for that part',
    expected: ['without a lock: tickets sold twice: true', 'with a lock: tickets left: 0'],
    tasks: 'together',
    needs: 'locks',
  },
  {
    section: 'together',
    name: 'producer-consumer',
    title: 'A producer and a consumer, and a queue between them',
    explanation:
      'The queue lets each work at its own pace, and its four places are the limit: the producer waits when they are full, the ' +
      'consumer when they are empty. No item is lost, none comes twice, and those of one producer stay in order. ' +
      'end() says that nothing will follow, so that the loop of the consumer ends by itself.',
    seed: 'IPC: a queue; producer and consumer',
    expected: [
      'producer: exit code 0',
      'consumer: 20 eaten, from bun 1 to bun 20, in order: true',
      'never more than 4 in the queue: true',
    ],
    tasks: 'together',
    needs: 'queues',
  },
  {
    section: 'together',
    name: 'pipe-talk',
    title: 'A conversation over a pipe',
    explanation:
      'A pipe has two ends; one is given to the child. Unlike the pipes of a shell this one goes both ways and keeps values whole: ' +
      'one send, one recv. A sender waits when too much is on its way. When one end is closed, or its process dies, the ' +
      'other reads what was sent and then the end.',
    seed: 'IPC: a pipe',
    expected: [
      'parent: hello; child: HELLO',
      'parent: how are you; child: HOW ARE YOU',
      'parent: goodbye; child: GOODBYE',
      'more to read: false',
      'child: answered 3 times',
    ],
    tasks: 'together',
    needs: 'pipes',
  },
  {
    section: 'lanes',
    name: 'submission',
    title: 'Synchronous or asynchronous, blocking or not: four timelines',
    explanation:
      'Two questions that are easily mixed up. How is a job submitted? Synchronously: the caller waits for the result before ' +
      'anything else; asynchronously: it goes on, and is told. And what does the job do? Blocking: it waits for something, and needs no ' +
      'CPU meanwhile; non-blocking: it is running, or ready to run as soon as a CPU is free. Each column is a moment that caller ' +
      'or task wrote down. What blocks here in the caller is one flow of its program; await leaves the thread to others.',
    seed: 'synchronous and asynchronous describe the submission, blocking and non-blocking the state',
    expected: [
      'synchronous, and the task waits',
      '  caller  running  blocked  blocked  blocked  blocked  blocked  running',
      '  task    -        ready    running  blocked  running  done     done',
      'synchronous, and the task computes',
      '  caller  running  blocked  blocked  blocked  running',
      '  task    -        ready    running  done     done',
      'asynchronous, and the task waits',
      '  caller  running  running  running  running  running  running  running',
      '  task    -        ready    running  blocked  running  done     done',
      'asynchronous, and the task computes',
      '  caller  running  running  running  running  running',
      '  task    -        ready    running  done     done',
    ],
    picture: {
      file: 'states.svg',
      alt: 'The three states. A new job is ready; the scheduler makes it running; when its time slice is over it is ready again; when it has to wait it is blocked; when what it waited for is there it is ready, and has to wait for a CPU again.',
    },
    tasks: 'work',
  },
  {
    section: 'lanes',
    name: 'three-ways',
    title: 'One job as coroutines, as threads, as processes',
    explanation:
      'The function is the same each time. Coroutines share one thread and change over at every await: nearly free, but one that ' +
      'computes holds up the others. Threads can each have a CPU, and live in one process: a crash of it ends them all. Processes are ' +
      'the most expensive to start, and nothing that goes wrong in one reaches another.',
    seed: 'concurrent programming: processes, threads, coroutines',
    expected: [
      'coroutines: 6000 bytes, processes: 1, threads: 1',
      'threads: 6000 bytes, processes: 1, threads: 3',
      'processes: 6000 bytes, processes: 3, threads: 3',
    ],
    tasks: 'work',
  },
  {
    section: 'lanes',
    name: 'concurrent-or-parallel',
    title: 'Concurrent on one lane, parallel on two',
    explanation:
      'Both jobs look at the clock all the time and write down the stretches in which they had a CPU. In one thread the jobs are in ' +
      'progress together, but no stretch of one overlaps a stretch of the other: they take turns. On two lanes ' +
      'stretches overlap, so two instructions were under way at one instant; that takes two CPUs, and on a machine with one ' +
      'the line says false.',
    seed: 'parallelism and concurrency; a single CPU can do the second only',
    expected: [
      'one lane: in progress together: true',
      'one lane: at the same instant: false',
      'two lanes: in progress together: true',
      'two lanes: at the same instant: <text>',
      'there is <text>',
    ],
    picture: {
      file: 'concurrent-parallel.svg',
      alt: 'Two jobs over time. In turn: B begins when A has ended. Concurrent on one CPU: short stretches of A and B alternate, and never overlap. Parallel on two CPUs: A and B run at the same time, and both are done after half of it.',
    },
    tasks: 'work',
  },
  {
    section: 'lanes',
    name: 'more-lanes',
    title: 'Work that waits and work that computes, on 1, 2 and 4 lanes',
    explanation:
      'Four jobs of 250 ms that wait take a second on one lane, and little more than 250 ms on four, with a single CPU too. Four jobs that ' +
      'compute are in progress together as well, but share the CPUs there are: beyond that number more lanes only ' +
      'cost changes from one to another. The last line depends on the machine, and on who else is using it.',
    seed: 'multiprogramming: switching on I/O gains time, switching between computations loses some',
    expected: [
      'waiting on 1, 2, 4 lanes: in progress at most 1, 2, 4',
      'waiting: 4 lanes save 100 ms and more: true',
      'computing on 1, 2, 4 lanes: in progress at most 1, 2, 4',
      'computing: CPUs busy <number>, <number>, <number> of <number>',
    ],
    tasks: 'work',
  },
  {
    section: 'deaths',
    name: 'why-it-ended',
    title: 'A process that ended tells why',
    explanation:
      'An exit code says little: 1 may be anything. The reason is put together from what the kernel says, what the child reported ' +
      'before its end, and its last lines of output; an error arrives with class, message, stack and causes. hangMs is for a process ' +
      'that is neither dead nor well: one whose event loop gives no sign of life for so long is killed.',
    seed: 'how a process ends (a supplement)',
    expected: [
      'double: normal, exit code 0',
      'leave: exit, exit code 3',
      'stumble: error, exit code 1, RangeError: no such page',
      'nap: signal, exit code -15',
      'spin: hang, exit code -9',
    ],
    tasks: 'faults',
  },
  {
    section: 'deaths',
    name: 'lock-owner-dies',
    title: 'Killed with a lock in its hands: the next owner is told',
    explanation:
      'The lock knows which thread holds it, and whoever waits looks now and then whether that one still lives. So nobody waits ' +
      'for the dead: the next owner gets the lock within some 100 milliseconds, and ownerDied tells that what the lock protects ' +
      'may be half changed. To look after that is his task; the owner after him is not told again.',
    seed: 'a lock whose holder dies (a supplement)',
    expected: [
      'holder: held',
      'parent tries: it is taken',
      'holder: ended by a signal, SIGKILL',
      'parent: has the lock, its owner died: true',
      'parent: has it again, its owner died: false',
    ],
    tasks: 'together',
    needs: 'locks',
  },
  {
    section: 'deaths',
    name: 'worker-dies',
    title: 'A worker that dies does not take the pool along',
    explanation:
      'The task that ran in it fails with WORKER_LOST, or, where it may run twice, is tried again on another lane; one that kills ' +
      'every lane it meets is given up after so many attempts. All other tasks settle as if nothing had happened, and a new ' +
      'lane takes the place of the dead one.',
    seed: 'a pool of processes, and what becomes of its tasks (a supplement)',
    expected: [
      'once: WORKER_LOST, signal',
      'retried: done at attempt 2',
      'killed every time: TASK_QUARANTINED',
      'the others: 2,4,6,8,10',
      'and new ones: 12,14',
      'lanes: 2, deaths by a signal: 4',
    ],
    tasks: 'faults',
  },
]
