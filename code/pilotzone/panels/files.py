"""Writing what was built: all files of a panel or none."""

import contextlib
import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from pilotzone.panels.city import CityPanel
from pilotzone.panels.province import ProvincePanel


def write_province(panel: ProvincePanel, folder: Path) -> None:
    """Write the province panel and what belongs to it; the panel itself is moved in last.

    Files: ``weights/<name>.csv``, ``province_index_weights.csv``, ``province_rebuilt_weights.csv``,
    ``province_flow.csv``, ``province_distances.csv``, those of the panel to 2024
    (``province_2024_panel.csv``, ``_index_weights``, ``_flagged``) and, last,
    ``province_panel.csv``.
    """
    names = ("index_weights", "rebuilt_weights", "flow")
    tables = {name: getattr(panel, name) for name in names}
    later = panel.to_2024
    tables |= {"2024_panel": later.frame, "2024_index_weights": later.index_weights}
    _write("province", panel, folder, tables | {"2024_flagged": later.flagged})


def write_city(panel: CityPanel, folder: Path) -> None:
    """Write the city panel and what belongs to it; the panel itself is moved in last.

    Files: ``weights/city_<name>.csv``, ``city_rollout.csv`` (all cities in all years),
    ``city_places.csv``, ``city_index_weights.csv``, ``city_flow.csv``, ``city_distances.csv``,
    ``city_sums_panel.csv`` and, last, ``city_panel.csv``.
    """
    names = ("rollout", "places", "index_weights", "flow")
    tables = {name: getattr(panel, name) for name in names} | {"sums_panel": panel.sums}
    _write("city", panel, folder, tables, "city_")


def _write(
    name: str,
    panel: ProvincePanel | CityPanel,
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    prefix: str = "",
) -> None:
    tables = {**tables, "distances": _labelled(panel.distances), "panel": panel.frame}
    with drafts(folder, last=f"{name}_panel.csv") as draft:
        (draft / "weights").mkdir()
        for matrix in panel.weights:
            square = pd.DataFrame(matrix.matrix, index=matrix.labels, columns=matrix.labels)
            _csv(_labelled(square), draft / "weights" / f"{prefix}{matrix.name}.csv")
        for part, table in tables.items():
            _csv(table, draft / f"{name}_{part}.csv")


def _labelled(square: pd.DataFrame) -> pd.DataFrame:
    return square.rename_axis("unit").reset_index()


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> list[Path]:
    """Write tables as ``<name>.csv`` below a folder, all or none, and return their paths."""
    with drafts(folder, last="") as draft:
        for name, table in tables.items():
            _csv(table, draft / f"{name}.csv")
    return [folder / f"{name}.csv" for name in tables]


@contextlib.contextmanager
def drafts(folder: Path, last: str) -> Iterator[Path]:
    """Give a folder for drafts; if nothing failed, move its files in, the one named last."""
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=folder))
    try:
        yield draft
        _move(draft, folder, last)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _csv(frame: pd.DataFrame, path: Path) -> None:
    frame.to_csv(path, index=False, lineterminator="\n", float_format="%.12g")


def _move(draft: Path, folder: Path, last: str) -> None:
    """Move every file of ``draft`` below ``folder``, the named one at the end.

    A file with the same bytes stays, with its time: what rests on it is not made anew.
    """
    files = sorted(p.relative_to(draft) for p in draft.rglob("*") if p.is_file())
    for name in sorted(files, key=lambda p: (str(p) == last, p)):
        target = folder / name
        if target.exists() and filecmp.cmp(draft / name, target, shallow=False):
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        os.replace(draft / name, target)
        os.utime(target)
