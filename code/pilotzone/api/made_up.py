"""A small made-up panel with a known effect, for the examples of the docstrings."""

import numpy as np
import pandas as pd

# A fifth of the units each is treated from 2014 and from 2016 on.
FIRST_TREATED = (0, 0, 0, 2014, 2016)
UNITS = 50
YEARS = range(2010, 2020)
EFFECT = 1.0


def example(units: int = UNITS, seed: int = 1) -> pd.DataFrame:
    """Return a made-up panel: units treated never, from 2014 and from 2016 on.

    y = α_i + λ_t + treated + 0.5 x + ε, with standard normal x and ε; so the effect is 1.

    Parameters
    ----------
    units : int
        Units, ten years each.
    seed : int

    Returns
    -------
    DataFrame
        ``unit, year, first_treated, treated, x, y, group``, sorted by unit and year.

    Examples
    --------
    >>> import pilotzone as pz
    >>> pz.example().shape
    (500, 7)
    """
    rng = np.random.default_rng(seed)
    codes = [f"u{number:02d}" for number in range(1, units + 1)]
    index = pd.MultiIndex.from_product([codes, YEARS], names=["unit", "year"])
    frame = index.to_frame(index=False)
    at = np.repeat(np.arange(units), len(YEARS))
    cohort = np.array(FIRST_TREATED)[np.arange(units) % len(FIRST_TREATED)]
    frame["first_treated"] = rng.permutation(cohort)[at]
    on = (frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])
    frame["treated"] = on.astype(int)
    frame["x"] = rng.standard_normal(len(frame))
    own = rng.standard_normal(units)[at] + 0.1 * (frame["year"] - YEARS[0])
    frame["y"] = own + EFFECT * on + 0.5 * frame["x"] + rng.standard_normal(len(frame))
    frame["group"] = np.array(["east", "west"])[at % 2]
    return frame


def example_weights(units: int = UNITS) -> pd.DataFrame:
    """Return spatial weights for :func:`example`: units in a ring, each with two neighbours.

    Parameters
    ----------
    units : int

    Returns
    -------
    DataFrame, shape (units, units)
        Rows sum to one; index and columns are the units.

    Examples
    --------
    >>> import pilotzone as pz
    >>> float(pz.example_weights().loc["u01", "u02"])
    0.5
    """
    codes = [f"u{number:02d}" for number in range(1, units + 1)]
    ring = np.roll(np.eye(units), 1, axis=1) + np.roll(np.eye(units), -1, axis=1)
    return pd.DataFrame(ring / 2, index=codes, columns=codes)
