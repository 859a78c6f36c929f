"""Start and join one process that says hello and ends, by fork, spawn or forkserver."""

import multiprocessing
import statistics
import time

from meter import family_processor_s, report, words

PAUSE_S = 0.2


def hello(connection):
    connection.send("hello")


def start_once(context):
    started = time.perf_counter()
    ours, theirs = context.Pipe()
    process = context.Process(target=hello, args=(theirs,))
    process.start()
    theirs.close()
    ours.recv()
    first = time.perf_counter() - started
    process.join()
    return first, time.perf_counter() - started


def main():
    options = words()
    context = multiprocessing.get_context(options.kind)
    start_once(context)
    time.sleep(PAUSE_S)
    processor = family_processor_s()
    runs = []
    for _ in range(options.runs):
        runs.append(start_once(context))
        time.sleep(PAUSE_S)
    report(
        {
            "firstMs": statistics.median(first for first, _ in runs) * 1000,
            "joinMs": statistics.median(joined for _, joined in runs) * 1000,
            "processorMs": (family_processor_s() - processor) * 1000 / options.runs,
        }
    )


if __name__ == "__main__":
    main()
