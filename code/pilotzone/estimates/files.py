"""Writing and reading the files below ``output/estimates``."""

import collections
import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import Exhibit
from pilotzone.errors import UserError
from pilotzone.estimates.schemas import Schema, schema, schema_of

DIGITS = 12
RTOL, ATOL = 1e-8, 1e-12


def write(
    folder: Path, exhibit_id: str, exhibit: Exhibit, parts: Mapping[str, pd.DataFrame]
) -> list[Path]:
    """Write the parts of an exhibit, the main file last, and return the paths.

    A file whose keys and text are the same and whose numbers agree within rtol 1e-8 (atol 1e-12)
    keeps its bytes and gets a new time. Nothing is moved into place before every part has been
    checked against its schema.

    Parameters
    ----------
    folder : Path
    exhibit_id : str
    exhibit : Exhibit
    parts : mapping
        ``''`` is ``<exhibit>.csv``, any other key ``<exhibit>.<key>.csv``.
    """
    frames = {}
    for part in sorted(parts, reverse=True):
        name = f"{exhibit_id}.{part}" if part else exhibit_id
        one = schema(exhibit, part)
        frames[name] = tidy(parts[part], name, one), one
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, (frame, one) in frames.items():
        path = folder / f"{name}.csv"
        replace_text(path, to_text(frame), unchanged=lambda p, f=frame, o=one: same(p, f, o))
        written.append(path)
    return written


def tidy(frame: pd.DataFrame, name: str, schema: Schema) -> pd.DataFrame:
    """Return the frame with the schema's columns, sorted by its keys, or refuse it."""
    extra = sorted(set(frame.columns) - set(schema.order))
    if extra:
        raise ValueError(f"{name}: columns outside the schema: {', '.join(extra)}")
    columns = {}
    missing = pd.Series(np.nan, frame.index)
    for field in schema.order:
        values = frame.get(field, missing)
        if field in schema.numbers:
            columns[field] = pd.to_numeric(values).array
        else:
            columns[field] = _texts(values)
    keys = list(zip(*(columns[field] for field in schema.keys), strict=True))
    # A missing number is not even itself.
    if any(cell == "" or cell != cell for key in keys for cell in key):
        raise ValueError(f"{name}: empty key")
    if len(set(keys)) < len(keys):
        twice = next(key for key, count in collections.Counter(keys).items() if count > 1)
        raise ValueError(f"{name}: key stands twice: {', '.join(map(str, twice))}")
    if np.isinf([columns[field] for field in schema.numbers]).any():
        raise ValueError(f"{name}: infinite number")
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return pd.DataFrame(
        {
            field: values.take(order) if field in schema.numbers else [values[i] for i in order]
            for field, values in columns.items()
        }
    )


def _texts(values: pd.Series) -> list[str]:
    """Return cells as texts, an empty one for what is missing."""
    cells = values.array
    return ["" if gone else str(v) for v, gone in zip(cells, pd.isna(cells), strict=True)]


def number_text(value: float) -> str:
    """Return a number with at most 12 significant digits; an empty text for a missing one."""
    if pd.isna(value):
        return ""
    if float(value).is_integer() and abs(value) < 10**DIGITS:
        return str(int(value))
    return format(float(value), f".{DIGITS}g")


def to_text(frame: pd.DataFrame) -> str:
    """Return a frame as CSV text: LF, 12 significant digits, no index column."""
    columns = [
        list(map(number_text, values.tolist()))
        if pd.api.types.is_numeric_dtype(values)
        else _texts(values)
        for _, values in frame.items()
    ]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([frame.columns, *zip(*columns, strict=True)])
    return out.getvalue()


def replace_text(path: Path, text: str, *, unchanged: object = None) -> bool:
    """Move ``text`` into place at once; keep the bytes if ``unchanged(path)`` says so.

    Returns True if the file's bytes changed.
    """
    if path.exists() and unchanged and unchanged(path):
        os.utime(path)
        return False
    return replace_bytes(path, text.encode())


def replace_bytes(path: Path, content: bytes) -> bool:
    """Move a file into place at once, or only renew its time; return whether its bytes changed."""
    if path.exists() and path.read_bytes() == content:
        os.utime(path)
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        os.replace(draft, path)
    finally:
        # Nothing stays of a file that a full disk cut short.
        draft.unlink(missing_ok=True)
    return True


def same(path: Path, frame: pd.DataFrame, schema: Schema) -> bool:
    """Say whether the file at ``path`` holds the same keys, text and (nearly) the same numbers."""
    try:
        there = read(path)
    except (UserError, ValueError):
        return False
    if tuple(there.columns) != schema.order or there.shape != frame.shape:
        return False
    text = [column for column in schema.order if column not in schema.numbers]
    numbers = list(schema.numbers)
    return bool((there[text] == frame[text]).all(axis=None)) and np.allclose(
        there[numbers].to_numpy(dtype=float),
        frame[numbers].to_numpy(dtype=float),
        rtol=RTOL,
        atol=ATOL,
        equal_nan=True,
    )


def records(frame: pd.DataFrame) -> list[dict[str, object]]:
    """Return the rows as mappings: ``to_dict("records")`` in a fifth of the time."""
    names, columns = list(frame), [values.to_numpy().tolist() for _, values in frame.items()]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def read(path: Path) -> pd.DataFrame:
    """Read an estimates file by the schema that its heading names.

    Raises
    ------
    UserError
        If the file is missing, its heading is that of no schema or a line has another length.
    """
    if not path.exists():
        # A part is made with its exhibit.
        whole = path.with_name(f"{path.name.partition('.')[0]}.csv")
        raise UserError(f"{path}: not there; run `make {whole}`")
    # For files of some lines a third of the time of pandas' own reader.
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = list(filter(None, csv.reader(file))) or [[]]
    numbers = schema_of(tuple(header), path).numbers
    if any(len(row) != len(header) for row in rows):
        raise UserError(f"{path}: a line has more or fewer cells than the heading")
    columns = zip(*rows, strict=True) if rows else ((),) * len(header)
    return pd.DataFrame(
        {
            name: pd.to_numeric(cells) if name in numbers else pd.array(cells, dtype=str)
            for name, cells in zip(header, columns, strict=True)
        }
    )
