"""chaos-node.mjs for multiprocessing.Pool and ProcessPoolExecutor: the same tasks, killer, ledger and counts."""

import concurrent.futures
import gc
import math
import multiprocessing
import os
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time

from meter import family_of, identity, report, stat_fields, words

LANES = 2
IN_FLIGHT = 8
DEADLINE_S = 5
CLOSE_S = 5
TASK_MS = 15
MARK = "LANEWORK_CHAOS"

ledger_fd = None


def work(task_id, ms, busy, path):
    global ledger_fd
    if ledger_fd is None:
        ledger_fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(ledger_fd, f"begin {task_id} {identity(os.getpid())}\n".encode())
    until = time.perf_counter() + ms / 1000
    if not busy:
        time.sleep(ms / 1000)
    while time.perf_counter() < until:
        pass
    os.write(ledger_fd, f"end {task_id} {identity(os.getpid())}\n".encode())
    return task_id * 7 + 3


class PoolLanes:
    def __init__(self):
        self.pool = multiprocessing.Pool(LANES)

    def submit(self, arguments, answered):
        self.pool.apply_async(
            work, arguments, callback=lambda value: answered("fulfilled", value), error_callback=lambda error: answered("rejected", error)
        )

    def close(self):
        self.pool.terminate()
        self.pool.join()


class ExecutorLanes:
    def __init__(self):
        self.pool = concurrent.futures.ProcessPoolExecutor(LANES)

    def submit(self, arguments, answered):
        def done(future):
            if future.cancelled():
                answered("rejected", "cancelled")
                return
            error = future.exception()
            answered("rejected", error) if error else answered("fulfilled", future.result())

        self.pool.submit(work, *arguments).add_done_callback(done)

    def close(self):
        self.pool.shutdown(cancel_futures=True)


KINDS = {"pool": PoolLanes, "executor": ExecutorLanes}


def live_children():
    return [pid for pid in family_of()[1:] if (stat_fields(pid) or "Z")[0] != "Z"]


def marked(mark):
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == os.getpid():
            continue
        try:
            with open(f"/proc/{name}/environ", "rb") as file:
                if f"{MARK}={mark}".encode() in file.read().split(b"\0"):
                    found.append(int(name))
        except OSError:
            pass
    return found


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


class Chaos:
    def __init__(self, options, folder):
        self.options = options
        self.random = random.Random(options.seed)
        self.ledger = os.path.join(folder, "ledger")
        open(self.ledger, "w").close()
        self.tasks = []
        self.pending = set()
        self.killed = {}
        self.broken = 0
        self.last_settled = time.perf_counter()

    def open(self):
        self.lanes = KINDS[self.options.kind]()
        self.last_settled = time.perf_counter()

    def close(self):
        # The close of a damaged pool may hang, so it gets a thread and a limit.
        closing = threading.Thread(target=self.lanes.close, daemon=True)
        closing.start()
        closing.join(CLOSE_S)

    def replace(self):
        self.broken += 1
        self.close()
        for pid in live_children():
            kill(pid)
        self.open()

    def submit(self):
        task = {"id": len(self.tasks), "at": time.perf_counter(), "outcome": None, "hung": False}
        self.tasks.append(task)

        def answered(outcome, value):
            task.update(outcome=outcome, value=value, settled=time.perf_counter())
            self.last_settled = task["settled"]
            self.pending.discard(task["id"])

        arguments = (task["id"], self.random.random() * TASK_MS, self.random.random() < 0.5, self.ledger)
        self.pending.add(task["id"])
        try:
            self.lanes.submit(arguments, answered)
        except concurrent.futures.process.BrokenProcessPool:
            # Refused, and not one of the tasks that the pool had accepted.
            self.pending.discard(task["id"])
            self.tasks.pop()
            self.replace()

    def expire(self):
        now = time.perf_counter()
        for task_id in list(self.pending):
            if now - self.tasks[task_id]["at"] > DEADLINE_S:
                self.tasks[task_id]["hung"] = True
                self.pending.discard(task_id)

    def turn(self):
        """One millisecond: keeps the tasks going and the deadlines."""
        self.expire()
        while len(self.pending) < IN_FLIGHT:
            self.submit()
        if time.perf_counter() - self.last_settled > 2 * DEADLINE_S:
            self.replace()
        time.sleep(0.001)

    def turns(self, seconds):
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.turn()

    def run(self):
        size = 0
        started = time.perf_counter()
        while len(self.killed) < self.options.kills and time.perf_counter() - started < self.options.limit:
            until = time.perf_counter() + 1
            while os.stat(self.ledger).st_size == size and time.perf_counter() < until:
                self.turn()
            size = os.stat(self.ledger).st_size
            self.turns(min(50, max(1, -10 * math.log(1 - self.random.random()))) / 1000)
            workers = live_children()
            pid = self.random.choice(workers) if workers else None
            worker = None if pid is None else identity(pid)
            if worker is None or worker in self.killed or not kill(pid):
                continue
            self.killed[worker] = time.perf_counter()
            if len(self.killed) % 1000 == 0:
                print(f"{self.options.kind}: {len(self.killed)} kills, {len(self.tasks)} tasks", file=sys.stderr)
        while self.pending:
            self.expire()
            time.sleep(0.001)


def judge(chaos):
    begins, ends = {}, {}
    with open(chaos.ledger) as file:
        for line in file:
            what, task_id, worker = line.split()
            {"begin": begins, "end": ends}[what].setdefault(int(task_id), []).append(worker)
    fulfilled = [task for task in chaos.tasks if task["outcome"] == "fulfilled"]
    rejected = [task for task in chaos.tasks if task["outcome"] == "rejected"]
    workers = lambda task: begins.get(task["id"], [])
    noticed = [
        (task["settled"] - chaos.killed[workers(task)[-1]]) * 1000 for task in rejected if workers(task) and workers(task)[-1] in chaos.killed
    ]
    return {
        "submitted": len(chaos.tasks),
        "fulfilled": len(fulfilled),
        "rejected": len(rejected),
        "neverBegun": sum(1 for task in rejected if not workers(task)),
        "collateral": sum(1 for task in rejected if workers(task) and not any(worker in chaos.killed for worker in workers(task))),
        "lost": sum(1 for task in chaos.tasks if task["outcome"] is None),
        "hung": sum(1 for task in chaos.tasks if task["hung"]),
        "doubled": sum(1 for task in chaos.tasks if len(workers(task)) > 1),
        "misattributed": sum(1 for task in fulfilled if task["value"] != task["id"] * 7 + 3),
        "unfounded": sum(1 for task in fulfilled if task["id"] not in ends),
        **({"noticedMs": statistics.median(noticed), "slowestMs": max(noticed)} if noticed else {}),
    }


def files_and_mappings():
    with open("/proc/self/maps") as file:
        mappings = sum(1 for line in file if "memfd:" in line or "/dev/shm" in line)
    return len(os.listdir("/proc/self/fd")), mappings


def survivors_of(kind, mark):
    environment = {**os.environ, MARK: f"{mark}-parent"}
    parent = subprocess.Popen(
        [sys.executable, "-B", __file__, "--kind", kind, "--mode", "parent", "--ledger", f"{mark}/parent"],
        env=environment,
        stdout=subprocess.PIPE,
    )
    parent.stdout.readline()
    parent.kill()
    parent.wait()
    time.sleep(1)
    alive = marked(f"{mark}-parent")
    for pid in alive:
        kill(pid)
    return len(alive)


def be_parent(options):
    lanes = KINDS[options.kind]()
    for busy in (True, False):
        lanes.submit((0, 10_000, busy, options.ledger), lambda outcome, value: None)
    while not os.path.exists(options.ledger) or len(open(options.ledger).readlines()) < 2:
        time.sleep(0.02)
    print("ready", flush=True)
    time.sleep(20)


def main():
    options = words()
    if options.mode == "parent":
        be_parent(options)
        return
    folder = tempfile.mkdtemp(prefix="lanework-chaos-")
    # /proc shows the environment a program started with, and forked workers share it: so start again, marked.
    if MARK not in os.environ:
        environment = {**os.environ, MARK: folder}
        os.execve(sys.executable, [sys.executable, "-B", *sys.argv], environment)
    mark = os.environ[MARK]
    os.rmdir(folder)
    chaos = Chaos(options, mark)
    chaos.open()
    chaos.turns(0.2)
    chaos.close()
    chaos.pending.clear()
    chaos.tasks.clear()
    open(chaos.ledger, "w").close()
    gc.collect()
    before = files_and_mappings()
    started = time.perf_counter()
    chaos.open()
    chaos.run()
    chaos.close()
    time.sleep(1)
    gc.collect()
    after = files_and_mappings()
    result = {
        "kills": len(chaos.killed),
        **judge(chaos),
        "broken": chaos.broken,
        "orphans": len(marked(mark)),
        "zombies": len(family_of()) - 1 - len(live_children()),
        "leakedFiles": after[0] - before[0],
        "leakedMappings": after[1] - before[1],
        "seconds": time.perf_counter() - started,
    }
    report({**result, "survivors": survivors_of(options.kind, mark)})
    shutil.rmtree(mark, ignore_errors=True)
    sys.stdout.flush()
    # A damaged pool may hang the interpreter's own end.
    os._exit(0)


if __name__ == "__main__":
    main()
