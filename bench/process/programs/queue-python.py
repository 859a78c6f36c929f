"""One producer and one consumer over multiprocessing.Queue or SimpleQueue."""

import array
import multiprocessing
import time

from meter import measure_phase, report, words


def consume(queue, replies):
    received = 0
    while True:
        value = queue.get()
        if value is None:
            replies.put(received)
            received = 0
        else:
            received += len(value) if isinstance(value, (list, array.array)) else 1


def main():
    options = words()
    if options.kind == "SimpleQueue":
        queue, replies = multiprocessing.SimpleQueue(), multiprocessing.SimpleQueue()
    else:
        queue, replies = multiprocessing.Queue(8192), multiprocessing.Queue()
    value = {
        "one": bytes(range(64)),
        "batch": [bytes(range(64)) for _ in range(64)],
        "doubles": array.array("d", (index + 0.5 for index in range(4096))),
    }[options.shape]
    consumer = multiprocessing.Process(target=consume, args=(queue, replies), daemon=True)
    consumer.start()

    def phase(seconds):
        deadline = time.perf_counter() + seconds
        while time.perf_counter() < deadline:
            for _ in range(16):
                queue.put(value)
        queue.put(None)
        return replies.get()

    report(measure_phase(phase, options))
    consumer.kill()
    consumer.join()


if __name__ == "__main__":
    main()
