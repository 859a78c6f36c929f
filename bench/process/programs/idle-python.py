"""Memory (PSS) and processor time of a multiprocessing.Pool worker that has worked once and waits."""

import multiprocessing
import re
import time

from meter import family_of, family_processor_s, report, words

LANES = 4
IDLE_S = 2


def family_memory():
    """Proportional and private memory of all processes together, in MiB."""
    total = {"Pss": 0, "Private_Clean": 0, "Private_Dirty": 0}
    for pid in family_of():
        with open(f"/proc/{pid}/smaps_rollup") as file:
            rollup = file.read()
        for name in total:
            total[name] += int(re.search(rf"^{name}:\s+(\d+) kB$", rollup, re.M).group(1))
    return total["Pss"] / 1024, (total["Private_Clean"] + total["Private_Dirty"]) / 1024


def nap(_):
    time.sleep(0.02)


def main():
    options = words()
    before = family_memory()
    pool = multiprocessing.get_context(options.kind).Pool(LANES)
    pool.map(nap, range(LANES * 8), chunksize=1)
    time.sleep(0.5)
    processor = family_processor_s()
    time.sleep(IDLE_S)
    used = family_processor_s() - processor
    mib, private_mib = ((after - first) / LANES for after, first in zip(family_memory(), before))
    report({"mib": mib, "privateMib": private_mib, "processorMs": used * 1000 / IDLE_S / LANES})
    pool.terminate()


if __name__ == "__main__":
    main()
