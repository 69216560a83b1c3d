"""Writing what was built: all files of a panel or none."""

import contextlib
import filecmp
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.city import CityPanel
from pilotzone.panels.province import ProvincePanel


def write_province(panel: ProvincePanel, folder: Path) -> None:
    """Write the province panel and what belongs to it; the panel itself is moved in last.

    Files: ``weights/<name>.csv``, ``province_index_weights.csv``, ``province_rebuilt_weights.csv``,
    ``province_flow.csv``, ``province_distances.csv`` and, last, ``province_panel.csv``.
    """
    with drafts(folder, last="province_panel.csv") as draft:
        _write_weights(panel.weights, draft / "weights")
        _csv(panel.index_weights, draft / "province_index_weights.csv")
        _csv(panel.distances.rename_axis("unit").reset_index(), draft / "province_distances.csv")
        _csv(panel.rebuilt_weights, draft / "province_rebuilt_weights.csv")
        _csv(panel.flow, draft / "province_flow.csv")
        _csv(panel.frame, draft / "province_panel.csv")


def write_city(panel: CityPanel, folder: Path) -> None:
    """Write the city panel and what belongs to it; the panel itself is moved in last.

    Files: ``weights/city_<name>.csv``, ``city_rollout.csv`` (all cities in all years),
    ``city_places.csv``, ``city_index_weights.csv``, ``city_flow.csv``, ``city_distances.csv``,
    ``city_sums_panel.csv`` and, last, ``city_panel.csv``.
    """
    with drafts(folder, last="city_panel.csv") as draft:
        _write_weights(panel.weights, draft / "weights", prefix="city_")
        _csv(panel.rollout, draft / "city_rollout.csv")
        _csv(panel.places, draft / "city_places.csv")
        _csv(panel.index_weights, draft / "city_index_weights.csv")
        _csv(panel.flow, draft / "city_flow.csv")
        _csv(panel.distances.rename_axis("unit").reset_index(), draft / "city_distances.csv")
        _csv(panel.sums, draft / "city_sums_panel.csv")
        _csv(panel.frame, draft / "city_panel.csv")


def _write_weights(weights: Sequence[SpatialWeights], folder: Path, prefix: str = "") -> None:
    folder.mkdir()
    for matrix in weights:
        labelled = pd.DataFrame(matrix.matrix, index=matrix.labels, columns=matrix.labels)
        _csv(labelled.rename_axis("unit").reset_index(), folder / f"{prefix}{matrix.name}.csv")


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
