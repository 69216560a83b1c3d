"""A store that holds what a reader brought: a panel, its matrix, and what was counted on it."""

import typing
from collections.abc import Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue.samples import OWN
from pilotzone.errors import UserError
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Panel


class Brought(typing.Protocol):
    """A panel of a reader, checked: of any units, or of firms."""

    @property
    def file(self) -> str:
        """What messages call it."""

    @property
    def panel(self) -> Panel:
        """Its rows."""

    @property
    def weights(self) -> SpatialWeights | None:
        """Its matrix."""

    @property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """What was counted on it."""


class OwnStore:
    """A store that holds a reader's panel alone."""

    def __init__(self, own: Brought) -> None:
        self.own = own

    def panel(self, name: str) -> Panel:
        """Return the reader's panel."""
        if name != self.own.panel.id:
            raise UserError(f"the store of {self.own.file} holds no panel '{name}'")
        return self.own.panel

    def weights(self, name: str, panel: str = OWN) -> SpatialWeights:
        """Return the reader's matrix."""
        if name != OWN or self.own.weights is None:
            raise UserError(
                f"{self.own.file} has no matrix '{name}'; name one as 'spatial_weights'"
            )
        return self.own.weights

    def distances(self, name: str) -> tuple[tuple[str, ...], np.ndarray]:
        """Refuse: a reader's panel has no distances."""
        raise UserError(f"{self.own.file} has no distances between its units")

    def table(self, name: str) -> pd.DataFrame:
        """Return what was counted on the panel: the sample flow or the weights of the index."""
        if name not in self.own.tables:
            raise UserError(f"{self.own.file} has no table '{name}'")
        return self.own.tables[name]
