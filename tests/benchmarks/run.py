"""Our core beside the libraries: time and memory, every case in a process of its own.

python tests/benchmarks/run.py
python tests/benchmarks/run.py --tasks fit draws_1000 --sizes 30x10

Writes output/benchmark.csv and output/benchmark.machine.csv. A selection is only printed, unless
--output names a folder. Ratios are to our core in the same run. Every program must give the same
coefficients; if one does not, or fails, nothing is written and the exit status is 1.
"""

import argparse
import csv
import importlib.metadata
import io
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path

import numpy as np
from simulated import Size
from tasks import CASES, TASKS, Case

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
LIMIT_SECONDS = 60
# All programs compute the same least squares or likelihood. Least squares differ by rounding, about
# 1e-12; spreg's search stops when rho is within about 1e-8 of the maximum.
TOLERANCE = 1e-6
# A call that gets less of a processor than this was held up by other programs.
BUSY_SHARE = 0.9
LIBRARIES = ("numpy", "scipy", "pandas", "linearmodels", "statsmodels", "pyfixest", "spreg")


@dataclass(frozen=True)
class Row:
    """One line of the table; numbers are None where the case was not run."""

    task: str
    size: str
    program: str
    seconds: float | None = None
    ratio: float | None = None
    scaled_from: int | None = None
    extra_mb: float | None = None
    peak_mb: float | None = None
    bar: float | None = None
    note: str = ""


COLUMNS = tuple(column.name for column in fields(Row))


class Failure(Exception):
    """A case that ended with an error: the name and the last line of what it printed."""


def run_case(case: Case, size: Size) -> dict[str, object]:
    """Measure a case in a new process.

    Returns
    -------
    What ``measure.measure`` returns, or ``{"note": reason}`` if it was not run to its end.

    Raises
    ------
    Failure
        If the process ends with an error.
    """
    reason = case.refuse(size)
    if reason:
        return {"note": reason}
    settings = {
        "PYTHONHASHSEED": "0",
        "OPENBLAS_NUM_THREADS": "1",
        "PYTHONPATH": str(ROOT / "code"),
    }
    python = sys.executable
    if case.peer:
        python = os.environ.get("PEERS", "")
        if not python:
            return {"note": "not run: PEERS= names no Python that has it, see peers.txt"}
    command = [python, str(HERE / "measure.py"), case.task, str(size), case.program]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"note": f"stopped: not finished within {LIMIT_SECONDS} s"}
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise Failure(f"{case.task} {size} {case.program}: {last}")
    return json.loads(done.stdout.splitlines()[-1])


def group_rows(
    size: Size, results: Sequence[tuple[Case, dict[str, object]]]
) -> tuple[list[Row], dict[str, float]]:
    """Rows of one task and size, and by program the largest relative difference to our core.

    Parameters
    ----------
    size : of the panel.
    results : pairs of a case and what ``run_case`` gave for it; our core may be among them.
    """
    measured = {case.program: result for case, result in results if "seconds" in result}
    own = next((case for case, _ in results if case.ours and case.program in measured), None)
    base = None if own is None else _scaled(own, measured[own.program])
    rows = [_row(case, size, result, base) for case, result in results]
    if own is None:
        return rows, {}
    reference = measured[own.program]["coefficients"]
    others = {name: r["coefficients"] for name, r in measured.items() if name != own.program}
    return rows, {name: difference(found, reference) for name, found in others.items()}


def _scaled(case: Case, result: dict[str, object]) -> float:
    """Seconds for all draws of the task."""
    return result["seconds"] * TASKS[case.task].draws / case.fits


def _row(case: Case, size: Size, result: dict[str, object], base: float | None) -> Row:
    bar = TASKS[case.task].bars.get(str(size)) if case.ours else None
    if "seconds" not in result:
        return Row(case.task, str(size), case.program, bar=bar, note=result["note"])
    seconds = _scaled(case, result)
    return Row(
        task=case.task,
        size=str(size),
        program=case.program,
        seconds=seconds,
        ratio=None if base is None else seconds / base,
        scaled_from=None if case.fits == TASKS[case.task].draws else case.fits,
        extra_mb=result["peak_mb"] - result["imports_mb"],
        peak_mb=result["peak_mb"],
        bar=bar,
        note=case.note,
    )


def difference(found: Sequence[float], reference: Sequence[float]) -> float:
    """Largest difference of the coefficients that both have, over the largest of them.

    Not over each: a coefficient near zero would show the digits at which a search stops. Infinite
    if a coefficient is missing.
    """
    count = min(len(found), len(reference))
    a, b = np.asarray(found[:count], dtype=float), np.asarray(reference[:count], dtype=float)
    gap = np.abs(a - b).max() / np.abs(b).max()
    return float("inf") if np.isnan(gap) else float(gap)


def sort_key(row: Row) -> tuple:
    """By task, size as numbers, program."""
    return row.task, Size.parse(row.size), row.program


def to_csv(rows: Iterable[Row]) -> str:
    """The rows as CSV text, four significant digits."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in sorted(rows, key=sort_key):
        writer.writerow([_cell(getattr(row, name)) for name in COLUMNS])
    return out.getvalue()


def _cell(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, float):
        return str(value)
    return np.format_float_positional(value, precision=4, fractional=False, trim="-")


def machine_csv() -> str:
    """What the numbers depend on, as CSV text: fact, value."""
    facts = {name: importlib.metadata.version(name) for name in LIBRARIES}
    facts |= {
        "cpu_count": str(os.cpu_count()),
        "machine": platform.machine(),
        "processor": processor(),
        "python": platform.python_version(),
        "system": platform.system(),
    }
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([("fact", "value"), *sorted(facts.items())])
    return out.getvalue()


def processor() -> str:
    """Name of the processor as the system gives it."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    if sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    return platform.processor() or platform.machine()


def to_text(rows: Iterable[Row]) -> str:
    """The table for reading, one block per task and size."""
    lines = [
        f"{'program':<34}{'seconds':>10}{'times ours':>12}{'scaled from':>13}"
        f"{'extra MB':>10}{'peak MB':>9}  note"
    ]
    block = None
    for row in sorted(rows, key=lambda r: (list(TASKS).index(r.task), *sort_key(r)[1:])):
        if (row.task, row.size) != block:
            block = (row.task, row.size)
            lines += ["", f"{row.task} {row.size}: {TASKS[row.task].title}"]
        lines.append(_line(row))
    return "\n".join(lines)


def _line(row: Row) -> str:
    note = row.note
    if row.bar is not None and row.seconds is not None:
        verdict = "under" if row.seconds < row.bar else "OVER"
        note = f"{verdict} the bar of {row.bar:g} s{'; ' if note else ''}{note}"
    return (
        f"{row.program:<34}{_short(row.seconds, '.3g'):>10}{_short(row.ratio, '.3g'):>12}"
        f"{_short(row.scaled_from, 'd'):>13}{_short(row.extra_mb, '.0f'):>10}"
        f"{_short(row.peak_mb, '.0f'):>9}  {note}"
    ).rstrip()


def _short(value: float | None, how: str) -> str:
    if value is None:
        return "-"
    # Large numbers in full, not as a power of ten.
    return format(value, how if abs(value) < 1000 else "d" if how == "d" else ",.0f")


def agreement(gaps: dict[str, float]) -> tuple[str, bool]:
    """The line on the largest difference and whether it is within the tolerance."""
    if not gaps:
        return "coefficients: nothing to compare", True
    worst = max(gaps, key=gaps.get)
    return (
        f"coefficients: largest relative difference to our core {gaps[worst]:.1e} ({worst})",
        gaps[worst] <= TOLERANCE,
    )


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", nargs="+", choices=list(TASKS), help="default: all")
    parser.add_argument("--sizes", nargs="+", type=Size.parse, help="UNITSxPERIODS, for all tasks")
    parser.add_argument("--programs", nargs="+", help="first words of their names, as pyfixest")
    parser.add_argument("--output", type=Path, help="folder for the two files")
    return parser.parse_args(given)


def selected(args: argparse.Namespace) -> list[tuple[Size, list[Case]]]:
    """The cases asked for, grouped by task and size."""
    cases = [c for c in CASES if not args.programs or c.program.split()[0] in args.programs]
    return [
        (size, [c for c in cases if c.task == task])
        for task in args.tasks or TASKS
        for size in args.sizes or TASKS[task].sizes
    ]


@dataclass(frozen=True)
class Outcome:
    """Rows, relative differences by case, messages of failed cases, and cases held up."""

    rows: list[Row] = field(default_factory=list)
    gaps: dict[str, float] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)

    def add(self, size: Size, results: Sequence[tuple[Case, dict[str, object]]]) -> None:
        """Enter the results of one task and size."""
        rows, gaps = group_rows(size, results)
        self.rows.extend(rows)
        for case, result in results:
            name = f"{case.task} {size} {case.program}"
            if case.program in gaps:
                self.gaps[name] = gaps[case.program]
            if result.get("share", 1.0) < BUSY_SHARE:
                self.busy.append(name)


def run_all(groups: Sequence[tuple[Size, list[Case]]]) -> Outcome:
    """Run the cases one after the other."""
    from tqdm import tqdm

    outcome = Outcome()
    with tqdm(total=sum(len(cases) for _, cases in groups), unit="case") as bar:
        for size, cases in groups:
            results = []
            for case in cases:
                bar.set_description(f"{case.task} {size} {case.program}")
                try:
                    results.append((case, run_case(case, size)))
                except Failure as failure:
                    outcome.failures.append(str(failure))
                bar.update()
            outcome.add(size, results)
    return outcome


def write(folder: Path, rows: Iterable[Row]) -> None:
    """Move the two files into place, each at once."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        ("benchmark.machine.csv", machine_csv()),
        ("benchmark.csv", to_csv(rows)),
    ):
        draft = folder / f".{name}.{os.getpid()}"
        draft.write_bytes(text.encode())
        os.replace(draft, folder / name)


def main() -> int:
    """Measure, print, check and write."""
    args = arguments()
    outcome = run_all(selected(args))
    print(to_text(outcome.rows))
    line, agree = agreement(outcome.gaps)
    print(f"\n{line}")
    if outcome.busy:
        print(
            f"held up by other programs in the best call: {', '.join(outcome.busy)}; "
            "for numbers to keep, repeat on an idle machine"
        )
    for failure in outcome.failures:
        print(f"bench: {failure}", file=sys.stderr)
    if not agree:
        print(f"bench: a difference above {TOLERANCE:g}", file=sys.stderr)
    if outcome.failures or not agree:
        print("bench: nothing written", file=sys.stderr)
        return 1
    partial = args.tasks or args.sizes or args.programs
    if args.output or not partial:
        write(args.output or ROOT / "output", outcome.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
