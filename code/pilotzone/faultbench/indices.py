"""Composite indices of the made-up panels: entropy weights, by hand."""

import dataclasses

import numpy as np
import pandas as pd

INDICATORS = {
    "patents_per_10k": "+",
    "broadband_per_capita": "+",
    "so2_intensity": "-",
    "cable_density": "+",
    "students_per_10k": "+",
}
FORMULA = "z by the range; p = z/sum(z); e = -sum(p ln p)/ln(nT); w = (1-e)/sum(1-e); sum(w z)"


@dataclasses.dataclass(frozen=True)
class Index:
    """An index as it was made.

    Attributes
    ----------
    signs : + or - by indicator, as the note says.
    weights : by indicator, as printed.
    """

    signs: dict[str, str]
    weights: dict[str, float]


def standardised(frame: pd.DataFrame, signs: dict[str, str]) -> pd.DataFrame:
    """Return indicators by the range, 1 - z for a negative one."""
    x = frame[list(signs)]
    z = (x - x.min()) / (x.max() - x.min())
    return z.assign(**{name: 1 - z[name] for name, sign in signs.items() if sign == "-"})


def weights(z: pd.DataFrame, cells: int) -> dict[str, float]:
    """Return entropy weights by indicator; the entropies are taken relative to ln(cells)."""
    p = z / z.sum()
    mixed = -(p * np.log(p.where(p > 0, 1.0))).sum()
    distance = 1 - mixed / np.log(cells)
    return {name: round(float(w), 6) for name, w in (distance / distance.sum()).items()}


def scores(z: pd.DataFrame, by: dict[str, float]) -> pd.Series:
    """Return the weighted sum, in the order of the weights."""
    return np.round(sum(by[name] * z[name] for name in by), 6)
