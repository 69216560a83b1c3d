"""The panels in ``data/derived`` against panels built anew."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.audit.inputs import files_below
from pilotzone.audit.project import Project
from pilotzone.audit.report import Check
from pilotzone.panels import stata

# Another processor moves the twelfth digit of a number.
RTOL, ATOL = 1e-9, 1e-12
NAMED = 5


def checks(project: Project, derived: Path) -> list[Check]:
    """Return the check of all files of the panels; ``derived`` holds those built anew."""
    if not project.derived.is_dir():
        failures: list[str] = ["data/derived: not there; run make panels"]
        names: list[str] = []
    else:
        for name in stata.TITLES:
            if (derived / f"{name}_panel.csv").exists():
                stata.write(derived, name)
        names = files_below(derived)
        failures = [f"data/derived/{text}" for text in differences(project.derived, derived)]
    summary = "every file of data/derived"
    return [
        Check(
            *("drift", "panels built anew against data/derived", summary),
            *(tuple(failures), f"{len(names)} files"),
            compared=len(names) if project.derived.is_dir() else None,
        )
    ]


def differences(there: Path, anew: Path) -> Iterator[str]:
    """Give the files and cells in which two folders of panels differ."""
    old, new = set(files_below(there)), set(files_below(anew))
    yield from (f"{name}: missing" for name in sorted(new - old))
    yield from (f"{name}: is not made by anything" for name in sorted(old - new))
    for name in sorted(old & new):
        if (there / name).read_bytes() != (anew / name).read_bytes():
            yield from (f"{name}: {text}" for text in _cells(there / name, anew / name))


def _cells(there: Path, anew: Path) -> Iterator[str]:
    try:
        mine, theirs = _read(there), _read(anew)
    except Exception as error:  # whatever a parser says about bytes of another kind
        yield f"cannot be read: {str(error).partition(chr(10))[0]}"
        return
    if [*mine.columns] != [*theirs.columns] or len(mine) != len(theirs):
        yield f"{mine.shape[0]} rows of {mine.shape[1]} columns, anew {len(theirs)} of other ones"
        return
    found = [
        f"row {row + 1}, {name}: {mine[name].iloc[row]}, anew {theirs[name].iloc[row]}"
        for name in mine
        for row in np.flatnonzero(_apart(mine[name], theirs[name]))
    ]
    yield from found[:NAMED]
    if len(found) > NAMED:
        yield f"and {len(found) - NAMED} more cells"
    if not found and there.suffix == ".dta" and _labels(there) != _labels(anew):
        yield "other labels of variables"


def _read(path: Path) -> pd.DataFrame:
    return pd.read_stata(path) if path.suffix == ".dta" else pd.read_csv(path)


def _labels(path: Path) -> tuple[str, dict[str, str]]:
    with pd.read_stata(path, iterator=True) as reader:
        return reader.data_label, reader.variable_labels()


def _apart(mine: pd.Series, theirs: pd.Series) -> np.ndarray:
    if not all(pd.api.types.is_numeric_dtype(one) for one in (mine, theirs)):
        return ((mine != theirs) & ~(mine.isna() & theirs.isna())).to_numpy()
    a, b = mine.to_numpy(dtype=float), theirs.to_numpy(dtype=float)
    return ~np.isclose(a, b, rtol=RTOL, atol=ATOL, equal_nan=True)
