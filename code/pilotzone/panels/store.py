"""Built panels on disk: writing them whole, reading them back by the same types."""

import contextlib
import dataclasses
import datetime
import difflib
import filecmp
import functools
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.catalogue import Sample, labels
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.city import CityPanel
from pilotzone.panels.province import ProvincePanel

# Stata files carry the day of writing; a fixed one keeps the bytes the same from build to build.
STATA_STAMP = datetime.datetime(2025, 3, 7)
TEXT = dict.fromkeys(
    ("province_code", "city_code", "unit", "region3", "region4", "name_en", "size_class"), str
)
UNITS = {"province": "province_code", "city": "city_code", "city_sums": "province_code"}
# Tables that a panel of sums shares with the panel from which it is made.
MADE_FROM = {"city_sums": "province"}


def write_province(panel: ProvincePanel, folder: Path) -> None:
    """Write the province panel and what belongs to it; the panel itself is moved in last.

    Files: ``weights/<name>.csv``, ``province_index_weights.csv``, ``province_rebuilt_weights.csv``,
    ``province_flow.csv``, ``province_distances.csv``, ``province_panel.dta`` and, last,
    ``province_panel.csv``.
    """
    with drafts(folder, last="province_panel.csv") as draft:
        _write_weights(panel.weights, draft / "weights")
        _csv(panel.index_weights, draft / "province_index_weights.csv")
        _csv(panel.distances.rename_axis("unit").reset_index(), draft / "province_distances.csv")
        _csv(panel.rebuilt_weights, draft / "province_rebuilt_weights.csv")
        _csv(panel.flow, draft / "province_flow.csv")
        write_stata(
            panel.frame, draft / "province_panel.dta", "province", "China, provinces by year"
        )
        _csv(panel.frame, draft / "province_panel.csv")


def write_city(panel: CityPanel, folder: Path) -> None:
    """Write the city panel and what belongs to it; the panel itself is moved in last.

    Files: ``weights/city_<name>.csv``, ``city_rollout.csv`` (all cities in all years),
    ``city_places.csv``, ``city_index_weights.csv``, ``city_flow.csv``, ``city_distances.csv``,
    ``city_sums_panel.csv``, ``city_panel.dta`` and, last, ``city_panel.csv``.
    """
    with drafts(folder, last="city_panel.csv") as draft:
        _write_weights(panel.weights, draft / "weights", prefix="city_")
        _csv(panel.rollout, draft / "city_rollout.csv")
        _csv(panel.places, draft / "city_places.csv")
        _csv(panel.index_weights, draft / "city_index_weights.csv")
        _csv(panel.flow, draft / "city_flow.csv")
        _csv(panel.distances.rename_axis("unit").reset_index(), draft / "city_distances.csv")
        _csv(panel.sums, draft / "city_sums_panel.csv")
        write_stata(panel.frame, draft / "city_panel.dta", "city", "China, cities by year")
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


def write_stata(frame: pd.DataFrame, path: Path, panel: str, title: str) -> None:
    """Write a frame as Stata 118 with the codebook's short names and labels of at most 80 signs.

    Raises
    ------
    UserError
        If a column is not in the codebook.
    """
    book = labels.codebook(panel)
    unknown = [column for column in frame.columns if column not in book]
    if unknown:
        raise UserError(
            f"data/codebook.csv has no variable '{unknown[0]}' of panel {panel}; add a row with "
            "its labels"
        )
    short = {column: book[column]["stata_name"] for column in frame.columns}
    described = {
        short[column]: f"{labels.variable(column)} ({book[column]['unit']})"[:80]
        if book[column]["unit"]
        else labels.variable(column)[:80]
        for column in frame.columns
    }
    frame.rename(columns=short).to_stata(
        path,
        version=118,
        write_index=False,
        variable_labels=described,
        data_label=title,
        time_stamp=STATA_STAMP,
    )


@dataclasses.dataclass(frozen=True)
class Panel:
    """A built panel as the engine uses it.

    Attributes
    ----------
    id : str
    frame : DataFrame
        The rows, sorted by unit and period.
    unit, period : str
        Their columns.
    rollout : DataFrame or None
        Treatments of every unit in every period, also where the panel has no row; None where the
        panel has all rows.
    """

    id: str
    frame: pd.DataFrame
    unit: str
    period: str
    rollout: pd.DataFrame | None = None
    # Rows of samples that were cut from this very frame, by the sample itself.
    kept: dict[Sample, pd.DataFrame] = dataclasses.field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def require(self, *names: str) -> None:
        """Refuse a column that the panel does not have.

        Raises
        ------
        UserError
            Names the column and the ones that look like it.
        """
        for name in names:
            if name not in self.frame:
                near = difflib.get_close_matches(name, map(str, self.frame.columns), n=3)
                meant = f"; did you mean {' or '.join(near)}?" if near else ""
                raise UserError(f"the {self.id} panel has no column '{name}'{meant}")

    @property
    def treatments(self) -> pd.DataFrame:
        """Treatments of every unit in every period."""
        return self.frame if self.rollout is None else self.rollout


class Store:
    """The folder of built panels, read once and on demand."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _read(self, name: str, **types: object) -> pd.DataFrame:
        path = self.folder / name
        if not path.exists():
            raise UserError(f"{path}: not built; run `make panels`")
        return pd.read_csv(path, dtype=TEXT | types, keep_default_na=True)

    def _built(self, panel: str) -> bool:
        return (self.folder / f"{panel}_panel.csv").exists()

    @functools.lru_cache(maxsize=8)  # noqa: B019 - one store lives as long as the process
    def panel(self, name: str) -> Panel:
        """Return a panel by name, sorted by unit and period.

        Raises
        ------
        UserError
            If the project builds no such panel, or it is not built.
        """
        if name not in UNITS:
            raise UserError(f"no panel '{name}' is built; known: {', '.join(UNITS)}")
        unit = UNITS[name]
        frame = self._read(f"{name}_panel.csv").sort_values([unit, "year"])
        rollout = self._read(f"{name}_rollout.csv") if name == "city" else None
        return Panel(name, frame.reset_index(drop=True), unit, "year", rollout)

    @functools.lru_cache(maxsize=8)  # noqa: B019
    def weights(self, name: str, panel: str = "province") -> SpatialWeights:
        """Return a weight matrix of a panel with its labels.

        Raises
        ------
        UserError
            If the panel has no such matrix.
        """
        file = f"weights/{name}.csv" if panel == "province" else f"weights/{panel}_{name}.csv"
        if self._built(panel) and not (self.folder / file).exists():
            raise UserError(f"the {panel} panel has no matrix '{name}'; name one of weights/")
        table = self._read(file).set_index("unit")
        return SpatialWeights(name, tuple(table.index), table.to_numpy(dtype=float))

    @functools.lru_cache(maxsize=2)  # noqa: B019
    def distances(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the codes of a panel's units and the distances between them in km."""
        name = MADE_FROM.get(name, name)
        table = self._read(f"{name}_distances.csv").set_index("unit")
        return tuple(table.index), table.to_numpy(dtype=float)

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that was counted on the way (sample flow, index weights)."""
        return self._read(f"{name}.csv")
