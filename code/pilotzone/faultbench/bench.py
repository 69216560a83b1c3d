"""Cases in folders of their own, and the key beside them."""

import csv
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from pilotzone.errors import UserError
from pilotzone.faultbench.cases import Case, case

KEY = ("case", "fault", "where", "changed")
# The folders that an auditor reads, and the answers that it does not.
CASES, KEY_FILE = "cases", "key.csv"
MOST = 1_000_000


def whole_number(name: str, text: str, least: int) -> int:
    """Return a number that a user gave.

    Raises UserError if it is none, or too small or too large.
    """
    plain = text.isascii() and text.isdigit() and len(text) <= 15
    if not plain or int(text) < least:
        raise UserError(f"{name}={text}: a whole number from {least} on")
    return int(text)


def make(below: Path, count: int, seed: int) -> Iterator[Case]:
    """Write so many cases of a seed and their key below a folder, giving each as it is written.

    What stood there for the seed is replaced when all are written.

    Raises UserError if there are too many, or the disk refuses.
    """
    if count > MOST:
        raise UserError(f"N={count}: at most {MOST} cases")
    final, draft = below / str(seed), below / f".{seed}.draft"
    try:
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        made = []
        for number in range(1, count + 1):
            one = case(seed, number)
            folder = draft / CASES / name_of(number)
            folder.mkdir(parents=True)
            for name, text in one.files.items():
                (folder / name).write_text(text, encoding="utf-8")
            made.append(one)
            yield one
        _write_key(draft / KEY_FILE, made)
        shutil.rmtree(final, ignore_errors=True)
        os.replace(draft, final)
    except OSError as error:
        raise UserError(f"{final}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def name_of(number: int) -> str:
    """Return the name of a case."""
    return f"{number:06d}"


def _write_key(path: Path, made: list[Case]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(KEY)
        writer.writerows([name_of(c.number), c.fault, c.where, c.changed] for c in made)
