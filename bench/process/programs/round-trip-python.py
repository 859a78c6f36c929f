"""Round trips of 64 bytes over multiprocessing.Pipe, as bytes or as pickled objects."""

import multiprocessing
import os
import time

from meter import measure_phase, report, words


def answer(connection, as_bytes):
    receive = connection.recv_bytes if as_bytes else connection.recv
    send = connection.send_bytes if as_bytes else connection.send
    while True:
        value = receive()
        if len(value) == 1:
            return
        send(value)


def main():
    options = words()
    as_bytes = options.kind == "bytes"
    ours, theirs = multiprocessing.Pipe()
    child = multiprocessing.Process(target=answer, args=(theirs, as_bytes), daemon=True)
    child.start()
    if options.pin:
        os.sched_setaffinity(child.pid, [int(options.pin)])
    receive = ours.recv_bytes if as_bytes else ours.recv
    send = ours.send_bytes if as_bytes else ours.send
    value = bytes(range(64))

    def phase(seconds):
        deadline = time.perf_counter() + seconds
        trips = 0
        while time.perf_counter() < deadline:
            send(value)
            receive()
            trips += 1
        return trips

    report(measure_phase(phase, options))
    send(b"x")
    child.join()


if __name__ == "__main__":
    main()
