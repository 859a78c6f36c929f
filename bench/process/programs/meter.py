"""Options, processor time of the process family, and timed phases: meter.mjs for Python."""

import argparse
import json
import os
import time


def words():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--warm-up", type=float, default=0.2)
    parser.add_argument("--limit", type=float, default=900)
    for name in ("kind", "shape", "mode", "pin", "ledger"):
        parser.add_argument(f"--{name}", default="")
    for name in ("kills", "seed", "runs"):
        parser.add_argument(f"--{name}", type=int, default=1)
    return parser.parse_args()


def stat_fields(pid):
    try:
        with open(f"/proc/{pid}/stat") as file:
            text = file.read()
    except OSError:
        return None
    return text[text.rindex(")") + 2 :].split(" ")


def identity(pid):
    """A process for ever, as pids are used again: its pid and its start since boot."""
    return f"{pid}.{(stat_fields(pid) or [''] * 20)[19]}"


def family_of(ancestor=None):
    children = {}
    for name in os.listdir("/proc"):
        fields = stat_fields(name) if name.isdigit() else None
        if fields:
            children.setdefault(int(fields[1]), []).append(int(name))
    family = [ancestor or os.getpid()]
    for pid in family:
        family.extend(children.get(pid, []))
    return family


def family_processor_s():
    ticks = 0
    for pid in family_of():
        fields = stat_fields(pid)
        if fields:
            ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")


def measure_phase(phase, options):
    phase(options.warm_up)
    processor = family_processor_s()
    started = time.perf_counter()
    operations = phase(options.seconds)
    elapsed = time.perf_counter() - started
    used = family_processor_s() - processor
    return {"perSecond": operations / elapsed, "processorUs": used * 1e6 / operations}


def report(result):
    print(json.dumps(result), flush=True)
