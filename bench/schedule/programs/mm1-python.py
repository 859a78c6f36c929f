"""The same queue as mm1-lanework.mjs, as a plain event loop: a heap of events, a queue of jobs, floats and lists."""

import argparse
import heapq
import json
import random
import resource
import time
from collections import deque

ARRIVAL, DEPARTURE = 0, 1


def first_come(jobs, rng):
    """Arrivals and departures on a heap; the ready queue is a deque."""
    events = [(rng.expovariate(0.8), ARRIVAL, 0)]
    ready = deque()
    arrivals = [0.0] * jobs
    finishes = [0.0] * jobs
    busy = False
    handled = 0
    while events:
        now, kind, job = heapq.heappop(events)
        handled += 1
        if kind == ARRIVAL:
            arrivals[job] = now
            ready.append((job, rng.expovariate(1.0)))
            if job + 1 < jobs:
                heapq.heappush(events, (now + rng.expovariate(0.8), ARRIVAL, job + 1))
        else:
            finishes[job] = now
            busy = False
        if not busy and ready:
            job, service = ready.popleft()
            heapq.heappush(events, (now + service, DEPARTURE, job))
            busy = True
    return handled, arrivals, finishes


def shortest_remaining(jobs, rng):
    """The next arrival and the end of the running job are compared; what waits is a heap by time left."""
    ready = []
    arrivals = [0.0] * jobs
    finishes = [0.0] * jobs
    handled = 0
    now = 0.0
    coming = 0
    arrival = rng.expovariate(0.8)
    running = None
    while coming < jobs or running is not None:
        end = now + running[0] if running is not None else float("inf")
        handled += 1
        if coming < jobs and arrival <= end:
            if running is not None:
                running = (running[0] - (arrival - now), running[1])
                heapq.heappush(ready, running)
            now = arrival
            arrivals[coming] = now
            heapq.heappush(ready, (rng.expovariate(1.0), coming))
            coming += 1
            arrival = now + rng.expovariate(0.8)
        else:
            now = end
            finishes[running[1]] = now
        running = heapq.heappop(ready) if ready else None
    return handled, arrivals, finishes


def round_robin(jobs, rng, quantum):
    """Arrivals and ends of slices on a heap; who has work left goes to the end of the deque."""
    events = [(rng.expovariate(0.8), ARRIVAL, 0)]
    ready = deque()
    arrivals = [0.0] * jobs
    finishes = [0.0] * jobs
    left = [0.0] * jobs
    busy = False
    handled = 0
    while events:
        now, kind, job = heapq.heappop(events)
        handled += 1
        if kind == ARRIVAL:
            arrivals[job] = now
            left[job] = rng.expovariate(1.0)
            ready.append(job)
            if job + 1 < jobs:
                heapq.heappush(events, (now + rng.expovariate(0.8), ARRIVAL, job + 1))
        else:
            busy = False
            if left[job] > 0:
                ready.append(job)
            else:
                finishes[job] = now
        if not busy and ready:
            job = ready.popleft()
            ran = min(quantum, left[job])
            left[job] -= ran
            heapq.heappush(events, (now + ran, DEPARTURE, job))
            busy = True
    return handled, arrivals, finishes


parser = argparse.ArgumentParser()
parser.add_argument("--jobs", type=int, default=1_000_000)
parser.add_argument("--policy", default="fcfs")
parser.add_argument("--quantum", type=float, default=1.0)
options = parser.parse_args()
rng = random.Random(1)
loops = {
    "fcfs": lambda: first_come(options.jobs, rng),
    "srtf": lambda: shortest_remaining(options.jobs, rng),
    "rr": lambda: round_robin(options.jobs, rng, options.quantum),
}
start = time.perf_counter()
handled, arrivals, finishes = loops[options.policy]()
turnaround = sum(finish - arrival for arrival, finish in zip(arrivals, finishes)) / options.jobs
seconds = time.perf_counter() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(
    json.dumps(
        {
            "jobs": options.jobs,
            "seconds": seconds,
            "events": handled,
            "perSecond": handled / seconds,
            "turnaround": turnaround,
            "peakMib": peak,
        }
    )
)
