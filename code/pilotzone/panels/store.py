"""Built panels as the engine asks for them, and the folder that holds the project's own."""

import dataclasses
import difflib
import typing
from collections.abc import Callable, Hashable
from pathlib import Path

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights

TEXT = dict.fromkeys(
    ("province_code", "city_code", "unit", "region3", "region4", "name_en", "size_class"), str
)
UNITS = {
    "province": "province_code",
    "province_2024": "province_code",
    "city": "city_code",
    "city_sums": "province_code",
}
# Panels that share the distances of another one's units.
MADE_FROM = {"city_sums": "province", "province_2024": "province"}


@dataclasses.dataclass(frozen=True)
class Panel:
    """A built panel as the engine uses it.

    Attributes
    ----------
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
    # What was made of this very frame: rows of samples, by the sample itself, the first treated
    # period of each unit, by the treatment, first values, and variables that a sample has whole.
    kept: dict[Hashable, typing.Any] = dataclasses.field(
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


class Store(typing.Protocol):
    """What the engine asks for: panels, weight matrices, distances and tables by name.

    Each raises ``UserError`` for what it does not hold, and gives the same object when asked again.
    """

    def panel(self, name: str) -> Panel:
        """Return a panel, sorted by unit and period."""

    def weights(self, name: str, panel: str) -> SpatialWeights:
        """Return a weight matrix of a panel with its labels."""

    def distances(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the codes of a panel's units and the distances between them in km."""

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that was counted on the way (sample flow, index weights)."""


class FolderStore:
    """The folder of built panels, each file read once and on demand.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._held: dict[tuple[str, ...], typing.Any] = {}

    def panel(self, name: str) -> Panel:
        """Return a panel; refuse one that the project does not build, or that is not built."""
        if name not in UNITS:
            raise UserError(f"no panel '{name}' is built; known: {', '.join(UNITS)}")
        return self._once(self._read_panel, name)

    def weights(self, name: str, panel: str = "province") -> SpatialWeights:
        """Return a weight matrix of a panel with its labels."""
        return self._once(self._read_weights, name, panel)

    def distances(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Return the codes of a panel's units and the distances between them in km."""
        return self._once(self._read_distances, MADE_FROM.get(name, name))

    def table(self, name: str) -> pd.DataFrame:
        """Return a table that was counted on the way (sample flow, index weights)."""
        return self._read(f"{name}.csv")

    def _once(self, read: Callable[..., typing.Any], *asked: str) -> typing.Any:
        key = (read.__name__, *asked)
        if key not in self._held:
            self._held[key] = read(*asked)
        return self._held[key]

    def _read_panel(self, name: str) -> Panel:
        unit = UNITS[name]
        frame = self._read(f"{name}_panel.csv").sort_values([unit, "year"])
        rollout = self._read(f"{name}_rollout.csv") if name == "city" else None
        # A copy has a block for each type, where the file has one for each column: pandas warns of
        # a hundred.
        return Panel(name, frame.reset_index(drop=True).copy(), unit, "year", rollout)

    def _read_weights(self, name: str, panel: str) -> SpatialWeights:
        file = f"weights/{name}.csv" if panel == "province" else f"weights/{panel}_{name}.csv"
        built = (self.folder / f"{panel}_panel.csv").exists()
        if built and not (self.folder / file).exists():
            raise UserError(f"the {panel} panel has no matrix '{name}'; name one of weights/")
        table = self._read(file).set_index("unit")
        return SpatialWeights(name, tuple(table.index), table.to_numpy(dtype=float))

    def _read_distances(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        table = self._read(f"{name}_distances.csv").set_index("unit")
        return tuple(table.index), table.to_numpy(dtype=float)

    def _read(self, name: str) -> pd.DataFrame:
        path = self.folder / name
        if not path.exists():
            raise UserError(f"{path}: not built; run `make panels`")
        return pd.read_csv(path, dtype=TEXT, keep_default_na=True)
