"""What only ``make bench`` builds: too long to be made anew, so its shape is checked.

Every file holds what its schema says; rates are rates, of a whole number of draws; draws are those
that the exhibit declares; what is a sum adds up (``long_sums``); the benchmark's ratios are those
of its seconds. Values are those of the frozen copy (:mod:`pilotzone.audit.drift`).
"""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.audit import long_sums
from pilotzone.audit.project import Project, read
from pilotzone.audit.report import Check
from pilotzone.catalogue import Exhibit
from pilotzone.errors import UserError

OF_DRAWS = ("size", "power", "coverage", "share")
RATES = (*OF_DRAWS, "p_value", "share_sign", "share_significant")
NOT_NEGATIVE = ("sd", "detectable", "normal", "sd_outcome", "failed", "draws")
# Shares are written with 12 digits.
SLACK = 1e-9
BENCHMARK = "benchmark.csv"
# Columns that tests/benchmarks/run.py writes.
COLUMNS = ["task", "size", "program", "seconds", "ratio", "scaled_from", "extra_mb"]
COLUMNS += ["peak_mb", "bar", "note"]
# Seconds are written with four digits.
RATIO_RTOL = 2e-3
OURS = "pilotzone "


def checks(project: Project) -> list[Check]:
    """Return a check for every exhibit that make bench builds, and one of the benchmark."""
    found = []
    for exhibit_id in sorted(project.long):
        exhibit, _ = project.exhibits[exhibit_id]
        names = [path.name for path in _files(project.estimates, exhibit_id)]
        failures = [text for name in names for text in file_failures(project, exhibit, name)]
        failures += sum_failures(project, exhibit_id, exhibit)
        summary = "columns, keys, rates, draws and sums"
        size = f"{len(names)} files"
        found.append(Check("long runs", exhibit_id, summary, tuple(failures), size, len(names)))
    if project.long:
        path = project.output / BENCHMARK
        summary = "columns, rows and ratios"
        failures = tuple(f"output/{BENCHMARK}: {text}" for text in benchmark_failures(path))
        found.append(Check("long runs", BENCHMARK, summary, failures))
    return found


def _files(folder: Path, exhibit_id: str) -> list[Path]:
    return [path for path in sorted(folder.glob("*.csv")) if path.name.split(".")[0] == exhibit_id]


def sum_failures(project: Project, exhibit_id: str, exhibit: Exhibit) -> list[str]:
    """Return what does not add up in the files of an exhibit."""
    if not exhibit.describe:
        return []
    paths = _files(project.estimates, exhibit_id)
    try:
        frames = {path.stem.partition(".")[2]: read(path) for path in paths}
        found = list(long_sums.failures(exhibit.describe, frames))
    except Exception as error:  # a damaged file may fail in any way
        found = [f"cannot be added up: {type(error).__name__}: {str(error).partition(chr(10))[0]}"]
    return [f"{exhibit_id}: {text}" for text in found]


def file_failures(project: Project, exhibit: Exhibit, name: str) -> Iterator[str]:
    """Give what is impossible in a file of such an exhibit."""
    try:
        frame = read(project.estimates / name)
        schema = estimates.schema_of(tuple(frame.columns), name)
    except UserError as error:
        yield str(error)
        return
    if frame.empty:
        yield f"{name}: no row"
    keys = list(schema.keys)
    for row in np.flatnonzero(frame.duplicated(keys).to_numpy()):
        yield f"{name}: row {row + 1} stands twice"
    for column, wrong, text in _impossible(frame, exhibit):
        for row in np.flatnonzero(wrong):
            value = frame[column].iloc[row]
            place = " / ".join(str(frame[key].iloc[row]) for key in keys)
            yield f"{name}: {place}: {column} is {value}, {text}"


def _impossible(frame: pd.DataFrame, exhibit: Exhibit) -> Iterator[tuple[str, np.ndarray, str]]:
    """Give column, rows and what is wrong with them."""
    draws = frame["draws"].to_numpy(dtype=float) if "draws" in frame else None
    numeric = [name for name in frame if pd.api.types.is_numeric_dtype(frame[name])]
    for name in numeric:
        values = frame[name].to_numpy(dtype=float)
        if name in RATES:
            yield name, (values < 0) | (values > 1), "no rate"
        if name in NOT_NEGATIVE:
            yield name, values < 0, "below zero"
    declared = exhibit.describe.draws if exhibit.describe else None
    if draws is not None and declared:
        yield "draws", draws > declared, f"more than the {declared} that are declared"
    if draws is not None:
        failed = frame["failed"].to_numpy(dtype=float) if "failed" in frame else 0 * draws
        for name in (name for name in OF_DRAWS if name in numeric):
            wrong = ~_whole(frame[name].to_numpy(dtype=float), draws, failed)
            yield name, wrong, "not a whole number of draws"


def _whole(rates: np.ndarray, draws: np.ndarray, failed: np.ndarray) -> np.ndarray:
    """Say which rates (n,) are a whole number of draws, of all or of those that did not fail."""
    found = np.isnan(rates)
    for row in np.flatnonzero(~found):
        done = np.arange(max(draws[row] - failed[row], 1), draws[row] + 1)
        parts = rates[row] * done
        found[row] = (np.abs(parts - np.rint(parts)) <= SLACK * done).any()
    return found


def benchmark_failures(path: Path) -> Iterator[str]:
    """Give what is impossible in the table of the benchmark."""
    if not path.is_file():
        yield "not there; run make bench"
        return
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as error:
        yield f"cannot be read: {error}"
        return
    if list(reader.fieldnames or ()) != COLUMNS:
        yield f"columns are not {', '.join(COLUMNS)}"
        return
    if not rows:
        yield "no row"
    seen, ours = set(), {}
    for row in rows:
        place = row["task"], row["size"], row["program"]
        if place in seen:
            yield f"{' / '.join(map(str, place))}: stands twice"
        seen.add(place)
        if str(row["program"]).startswith(OURS) and row["ratio"] == "1":
            ours[place[:2]] = row["seconds"]
    for row in rows:
        yield from _row_failures(row, ours)


def _row_failures(row: dict[str, str], ours: dict[tuple[str, str], str]) -> Iterator[str]:
    place = " / ".join(str(row[name]) for name in COLUMNS[:3])
    numbers = {}
    for name in COLUMNS[3:-1]:
        text = row[name] or ""
        try:
            numbers[name] = float(text) if text else np.nan
        except ValueError:
            yield f"{place}: {name} '{text}' is no number"
            return
        if text and not 0 <= numbers[name] < np.inf:
            yield f"{place}: {name} is {text}"
    base = ours.get((row["task"], row["size"]))
    if not base:
        yield f"{place}: no row of this task is our own with ratio 1"
    elif row["ratio"] and row["seconds"]:
        ratio = numbers["seconds"] / float(base)
        if abs(numbers["ratio"] - ratio) > RATIO_RTOL * ratio:
            yield f"{place}: ratio is {row['ratio']}, its seconds give {ratio:.4g}"
