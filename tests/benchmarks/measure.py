"""Measure one case in a process of its own: measure.py TASK SIZE PROGRAM prints one line of JSON.

The case runs on a tiny panel first, so that imports and compilation are over; the peak of memory
at that point is subtracted from the later one. Then one call to warm up and the best of several.
"""

import json
import re
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from simulated import Size
from tasks import TINY, Case, Run, find

# Calls are repeated for this long, but at least three times unless that takes long.
BUDGET_SECONDS = 1.5
LONG_SECONDS = 6.0
FEWEST_CALLS, MOST_CALLS = 3, 200
# A call this long has paid for its preparations many times over: it is not repeated.
SLOW_SECONDS = 5.0


def peak_mb() -> float:
    """Largest memory in use so far, in 10^6 bytes.

    Linux keeps the peak of the process that started this one in ``ru_maxrss``; the line VmHWM is
    free of it.
    """
    status = Path("/proc/self/status")
    if status.exists():
        found = re.search(r"VmHWM:\s*(\d+) kB", status.read_text(encoding="ascii"))
        if found:
            return int(found[1]) * 1024 / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


@dataclass(frozen=True)
class Call:
    """Seconds of one call on the clock, share of a processor it got, and what it gave."""

    seconds: float
    share: float
    result: np.ndarray


def timed(run: Run) -> Call:
    """One call. The share is above 1 if a library has threads, below if others use the machine."""
    start, start_processor = time.perf_counter(), time.process_time()
    result = run()
    seconds = time.perf_counter() - start
    share = (time.process_time() - start_processor) / seconds
    # A copy, so that no array of which the result is a part stays in memory.
    return Call(seconds, share, np.array(result, dtype=float))


def best(run: Run) -> tuple[Call, int]:
    """The shortest call after one to warm up, and the number of calls it is chosen from."""
    first = timed(run)
    if first.seconds > SLOW_SECONDS:
        return first, 1
    shortest, n_calls = timed(run), 1
    spent = shortest.seconds
    while n_calls < MOST_CALLS and (
        spent < BUDGET_SECONDS or (n_calls < FEWEST_CALLS and spent < LONG_SECONDS)
    ):
        call = timed(run)
        n_calls += 1
        spent += call.seconds
        shortest = min(shortest, call, key=lambda c: c.seconds)
    return shortest, n_calls


def measure(case: Case, size: Size) -> dict[str, object]:
    """What the best call took, memory after imports and at the end, and the coefficients."""
    case.prepare(TINY, min(case.fits, 2))()
    after_imports = peak_mb()
    call, n_calls = best(case.prepare(size, case.fits))
    return {
        "seconds": call.seconds,
        "share": call.share,
        "calls": n_calls,
        "imports_mb": after_imports,
        "peak_mb": peak_mb(),
        "coefficients": call.result.tolist(),
    }


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    name, measured_size, program = sys.argv[1:]
    # Some libraries print while they work: the line of JSON is the last one.
    print(json.dumps(measure(find(name, program), Size.parse(measured_size))))
