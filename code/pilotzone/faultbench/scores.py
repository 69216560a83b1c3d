"""What an auditor's answers are worth beside the key."""

import collections
import contextlib
import csv
import dataclasses
import io
import os
import shlex
import signal
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from pilotzone.errors import UserError
from pilotzone.faultbench.bench import CASES, KEY
from pilotzone.faultbench.faults import FAULTS, NONE

ANSWER = ("fault", "where")
HOLE = "{folder}"
SHOWN = 60


class Answer(NamedTuple):
    """A fault and its place; the fault ``none`` where there is none."""

    fault: str
    where: str = ""


@dataclasses.dataclass(frozen=True)
class Score:
    """How one fault was met.

    Attributes
    ----------
    fault : a key of ``FAULTS``, or ``none``.
    cases : with this fault.
    traced : of them, those whose files the fault changed.
    detected : those of which the auditor names any fault: false alarms where there is none.
    named : those of which it names this fault.
    placed : those of which it names this fault and its place.
    """

    fault: str
    cases: int
    traced: int
    detected: int
    named: int
    placed: int


def read_key(path: Path) -> dict[str, tuple[Answer, int]]:
    """Return fault, place and changed lines of every case.

    Raises UserError if the file is no key.
    """
    rows = _rows(path, _text(path), KEY)
    key = {}
    for row in rows:
        if row["fault"] not in (*FAULTS, NONE) or not row["changed"].isdecimal():
            raise UserError(f"{path}: case {row['case']}: no fault '{_short(row['fault'])}'")
        key[row["case"]] = Answer(row["fault"], row["where"]), int(row["changed"])
    if not key:
        raise UserError(f"{path}: holds no case")
    if len(key) != len(rows):
        raise UserError(f"{path}: a case stands twice")
    return key


def folders(below: Path, key: Mapping[str, object]) -> dict[str, Path]:
    """Return the folder of every case of a key.

    Raises UserError if the folders are not those of the key.
    """
    found = {path.name: path for path in sorted((below / CASES).glob("*")) if path.is_dir()}
    if not found:
        raise UserError(f"{below / CASES}: no cases; `make faultbench N=… SEED=…` makes some")
    unknown, lacking = sorted(found.keys() - key.keys()), sorted(key.keys() - found.keys())
    if unknown or lacking:
        said = f"case {unknown[0]} is not in it" if unknown else f"case {lacking[0]} has no folder"
        raise UserError(f"the key does not match {below / CASES}: {said}")
    return found


def asked(command: str, folder: Path, timeout: float) -> Answer:
    """Return the first answer of an auditor on a folder; ``none`` if it gives none.

    Raises UserError if the command cannot be run, fails, takes too long, or prints no answers.
    """
    words = [word.replace(HOLE, str(folder)) for word in _words(command)]
    try:
        status, out, err = _run(words, timeout)
    except OSError as error:
        raise UserError(f"auditor '{words[0]}': cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise UserError(f"auditor on {folder}: not done after {timeout:g} seconds") from None
    except UnicodeDecodeError:
        raise UserError(f"auditor on {folder}: its answer is not UTF-8") from None
    if status:
        last = (err.strip().splitlines() or ["nothing said"])[-1]
        raise UserError(f"auditor on {folder}: exit status {status}: {last}")
    rows = _rows(folder, out, ANSWER)
    return first(Answer(row["fault"], row["where"]) for row in rows)


def _run(words: Sequence[str], timeout: float) -> tuple[int, str, str]:
    """Return status and output of a command; what it has started ends with it."""
    with subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        start_new_session=True,
    ) as process:
        try:
            out, err = process.communicate(timeout=timeout)
        except BaseException:
            _end(process)
            raise
        return process.returncode, out, err


def _end(process: subprocess.Popen) -> None:
    """End a command and, where there are sessions, what it has started."""
    if hasattr(os, "killpg"):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()


def all_asked(
    command: str, cases: Mapping[str, Path], timeout: float, jobs: int
) -> Iterator[tuple[str, Answer]]:
    """Give the answer of an auditor on every case, so many asked at a time; see ``asked``."""
    pool = ThreadPoolExecutor(jobs)
    try:
        given = {name: pool.submit(asked, command, cases[name], timeout) for name in cases}
        for name, answer in given.items():
            yield name, answer.result()
    finally:
        pool.shutdown(cancel_futures=True)


def first(answers: Iterable[Answer]) -> Answer:
    """Return the answer that counts."""
    return next((one for one in answers if one.fault != NONE), Answer(NONE))


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UserError(f"--auditor '{command}': {error}") from None
    if not words or not any(HOLE in word for word in words):
        raise UserError(f"--auditor '{command}': a command with {HOLE} where the folder goes")
    return words


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UserError(f"{path}: is not UTF-8") from None


def _rows(of: Path, text: str, header: Sequence[str]) -> list[dict[str, str]]:
    """Return the rows of a CSV with this header; a text without a line has none."""
    if not text.strip() and header == ANSWER:
        return []
    reader = csv.DictReader(io.StringIO(text))
    try:
        if tuple(reader.fieldnames or ()) != tuple(header):
            raise UserError(f"{of}: expected a CSV with the columns {', '.join(header)}")
        rows = list(reader)
    except csv.Error as error:
        raise UserError(f"{of}: is not CSV: {error}") from None
    if any(None in row or None in row.values() for row in rows):
        raise UserError(f"{of}: a line has not the {len(header)} cells of the header")
    return rows


def _short(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def confusion(
    key: Mapping[str, tuple[Answer, int]], answers: Mapping[str, Answer]
) -> collections.Counter[tuple[str, str]]:
    """Return how often each fault was called what, ``none`` among both."""
    return collections.Counter((key[case][0].fault, answers[case].fault) for case in key)


def scores(key: Mapping[str, tuple[Answer, int]], answers: Mapping[str, Answer]) -> list[Score]:
    """Return the score on each fault that the key has, in the order of ``FAULTS``, none last.

    Detected are cases of which anything is named, named those with the right name, placed those
    with the right name and place.
    """
    found = []
    for fault in (*FAULTS, NONE):
        mine = [case for case in key if key[case][0].fault == fault]
        if mine:
            given = [(answers[case], *key[case]) for case in mine]
            counts = (
                sum(changed > 0 for _, _, changed in given),
                sum(said.fault != NONE for said, _, _ in given),
                sum(said.fault == right.fault for said, right, _ in given),
                sum(said == right for said, right, _ in given),
            )
            found.append(Score(fault, len(mine), *counts))
    return found


def report(key: Mapping[str, tuple[Answer, int]], answers: Mapping[str, Answer]) -> str:
    """Return the scores and the confusion matrix in lines."""
    each = scores(key, answers)
    lines = [f"{'fault':<22}{'cases':>7}{'traced':>8}{'detected':>10}{'named':>7}{'placed':>8}"]
    lines += [
        f"{one.fault:<22}{one.cases:>7}{one.traced:>8}{one.detected:>10}{one.named:>7}"
        f"{one.placed:>8}"
        for one in each
    ]
    wrong = sorted(
        (fault, called, count)
        for (fault, called), count in confusion(key, answers).items()
        if fault != called
    )
    lines += ["", "called something else:"] if wrong else []
    lines += [f"{fault:<22} called {called:<22}{count:>5}" for fault, called, count in wrong]
    return "\n".join([*lines, "", *summary(each)]) + "\n"


def summary(each: Sequence[Score]) -> list[str]:
    """Return detection, names, places and false alarms, one a line."""
    faulty = [one for one in each if one.fault != NONE]
    right = [one for one in each if one.fault == NONE]
    total, traced = sum(one.cases for one in faulty), sum(one.traced for one in faulty)
    lines = []
    for name in ("detected", "named", "placed"):
        count = sum(getattr(one, name) for one in faulty)
        lines.append(f"{name} {count} of {total} faults ({traced} left a trace)")
    alarms, clean = sum(one.detected for one in right), sum(one.cases for one in right)
    return [*lines, f"false alarms {alarms} of {clean} tables without a fault"]
