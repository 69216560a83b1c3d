"""Draws and seed of a column, and which of them were asked for."""

import numpy as np

from pilotzone.catalogue import Inference


class Resampling:
    """Draws and seed of a column; remembers which of them an estimator asked for.

    What the models file says of draws and seed is what was asked for, not what was declared.
    """

    def __init__(self, declared: Inference) -> None:
        self._declared = declared
        self.used: dict[str, int | None] = {"draws": None, "seed": None}

    @property
    def draws(self) -> int:
        """Number of draws."""
        return self._use("draws")

    @property
    def seed(self) -> int:
        """Seed of the generator."""
        return self._use("seed")

    @property
    def declared(self) -> bool:
        """Whether the column draws at all."""
        return self._declared.draws is not None

    def rng(self) -> np.random.Generator:
        """Return a generator at the seed."""
        return np.random.default_rng(self.seed)

    @property
    def drawn(self) -> dict[str, object]:
        """The arguments ``draws`` and ``rng``, a generator at the seed."""
        return {"draws": self.draws, "rng": self.rng()}

    def _use(self, name: str) -> int:
        self.used[name] = getattr(self._declared, name)
        return self.used[name]
