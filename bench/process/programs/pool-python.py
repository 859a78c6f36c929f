"""A trivial task on two processes, and arrays of 1 MiB, with multiprocessing.Pool and ProcessPoolExecutor."""

import array
import concurrent.futures
import multiprocessing
import multiprocessing.shared_memory
import threading
import time

from meter import measure_phase, report, words

LANES = 2
IN_FLIGHT = 1000


def add(pair):
    return pair[0] + pair[1]


def increment(value):
    return value + 1


def touch(values):
    values[0] += 1
    values[-1] += 1
    return values


def touch_bytes(values):
    touch(memoryview(values).cast("d"))
    return values


def touch_shared(name):
    memory = multiprocessing.shared_memory.SharedMemory(name=name)
    view = memory.buf.cast("d")
    view[0] += 1
    view[131071] += 1
    view.release()
    memory.close()


def many(submit, deadline):
    """Keeps IN_FLIGHT tasks going; `submit` calls back when one is done."""
    room = threading.Semaphore(IN_FLIGHT)
    done = 0
    while time.perf_counter() < deadline:
        room.acquire()
        submit((done, 1), lambda _: room.release())
        done += 1
    for _ in range(IN_FLIGHT):
        room.acquire()
    return done


def pairs_until(deadline):
    done = 0
    while time.perf_counter() < deadline:
        yield (done, 1)
        done += 1


def repeat(deadline, operation, count=1):
    done = 0
    while True:
        operation()
        done += count
        if time.perf_counter() >= deadline:
            return done


def main():
    options = words()
    if options.kind == "executor":
        executor = concurrent.futures.ProcessPoolExecutor(LANES)
        modes = {
            "one": lambda deadline: repeat(deadline, lambda: executor.submit(add, (1, 2)).result()),
            "many": lambda deadline: many(lambda pair, done: executor.submit(add, pair).add_done_callback(done), deadline),
        }
    else:
        # The memory comes first, so that the workers inherit its tracker instead of starting one each.
        shared = multiprocessing.shared_memory.SharedMemory(create=True, size=1 << 20) if "shared" in options.mode else None
        pool = multiprocessing.Pool(LANES)
        values = array.array("d", range(131072))
        plain = bytearray(values.tobytes())
        modes = {
            "one": lambda deadline: repeat(deadline, lambda: pool.apply(add, ((1, 2),))),
            "imap": lambda deadline: sum(1 for _ in pool.imap(add, pairs_until(deadline))),
            "many": lambda deadline: many(lambda pair, done: pool.apply_async(add, (pair,), callback=done), deadline),
            "map": lambda deadline: repeat(deadline, lambda: pool.map(increment, range(1_000_000)), 1_000_000),
            "array": lambda deadline: repeat(deadline, lambda: pool.apply(touch, (values,))),
            "array-bytes": lambda deadline: repeat(deadline, lambda: pool.apply(touch_bytes, (plain,))),
            "array-shared": lambda deadline: repeat(deadline, lambda: pool.apply(touch_shared, (shared.name,))),
        }

    def phase(seconds):
        return modes[options.mode](time.perf_counter() + seconds)

    report(measure_phase(phase, options))
    if options.kind == "executor":
        executor.shutdown()
        return
    pool.terminate()
    if shared:
        shared.close()
        shared.unlink()


if __name__ == "__main__":
    main()
