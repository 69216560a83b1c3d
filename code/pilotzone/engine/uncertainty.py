"""How sure are the ranks of the index, and what does an outcome that is made add to an error?"""

import dataclasses
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy import stats

from pilotzone.catalogue import Description
from pilotzone.catalogue.indicators import System
from pilotzone.engine.design import design
from pilotzone.engine.linear import fit
from pilotzone.engine.sample_rows import Parts, panel_of, rows_of
from pilotzone.estimates import LEVEL
from pilotzone.methods.index.resampling import resampled_scores, without_each_indicator
from pilotzone.methods.index.weighting import Cells
from pilotzone.methods.inference.resampling import resampled_slopes, unit_draws
from pilotzone.panels.province import VARIANTS
from pilotzone.panels.store import Store

# What the index of a drawn sample is.
INDICES = ("fixed", "rebuilt", "rebuilt_to_scale")


@dataclasses.dataclass(frozen=True)
class Cube:
    """The sample as arrays: units, years, and indicators with their signs.

    Attributes
    ----------
    frame : DataFrame
        The rows, sorted by unit and year; balanced.
    units, years : arrays (n,) and (T,)
    """

    frame: pd.DataFrame
    units: np.ndarray
    years: np.ndarray

    def values(self, *names: str) -> np.ndarray:
        """Return columns as (n, T, k)."""
        shape = len(self.units), len(self.years), len(names)
        return self.frame[list(names)].to_numpy(dtype=float).reshape(shape)

    def cells(self, system: System) -> Cells:
        """Return the indicators of a system, one row per unit and year."""
        x = self.frame[list(system.ids)].to_numpy(dtype=float)
        return Cells(x, system.signs, system.ids, self.frame["year"].to_numpy())


def index_uncertainty(what: Description, store: Store) -> Parts:
    """Ranks under other variants and without each indicator or province; the bootstrap.

    Ranks are of the last year and of the mean over years. Without a province, ranges and weights
    are those of the others; it is scored by them, so that ranks stay among all, and the ranks of
    the others count.
    """
    panel = panel_of(what, store)
    keys = [panel.unit, panel.period]
    frame = rows_of(what, store).sort_values(keys).reset_index(drop=True)
    cube = Cube(frame, *(np.unique(frame[key]) for key in keys))
    ranges, agreement = [], []
    for base, perturbation, members, scores in _perturbed(cube, _systems(what)):
        for year, values in _by_year(scores, cube).items():
            own = _by_year(cube.values(base)[None, ..., 0], cube)[year][0]
            where = {"base": base, "perturbation": perturbation, "year": year}
            table = _moves(own, values, members, cube.units)
            agreement.append(table.drop(columns="ranks").assign(**where))
            ranks = np.vstack(table["ranks"])
            ranges.append(_ranges(own, ranks, cube.units).assign(**where))
    return {
        "": pd.concat(ranges, ignore_index=True),
        "agreement": pd.concat(agreement, ignore_index=True),
        "bootstrap": bootstrap(cube, what, store),
    }


def _systems(what: Description) -> dict[str, System]:
    """Return the system of indicators behind each variable."""
    known = {variant.id: variant.system for variant in VARIANTS}
    return {name: known[name] for name in what.variables}


def _perturbed(
    cube: Cube, systems: Mapping[str, System]
) -> Iterator[tuple[str, str, list[str], np.ndarray]]:
    """Yield base, what is changed, its members, and their scores (members, n, T)."""
    n, periods = len(cube.units), len(cube.years)
    for base, system in systems.items():
        if base == next(iter(systems)):
            names = [variant.id for variant in VARIANTS]
            yield base, "variants", names, np.moveaxis(cube.values(*names), -1, 0)
        scores = without_each_indicator(cube.cells(system)).reshape(-1, n, periods)
        yield base, "indicators", list(system.ids), scores
        counts = 1 - np.eye(n, dtype=int)
        scores = resampled_scores(cube.values(*system.ids), system.signs, counts)
        yield base, "provinces", list(cube.units), scores


def _by_year(scores: np.ndarray, cube: Cube) -> dict[str, np.ndarray]:
    """Return scores (members, n) of the last year and of the mean over years."""
    return {str(cube.years[-1]): scores[..., -1], "mean": scores.mean(axis=-1)}


def _ranked(scores: np.ndarray) -> np.ndarray:
    """Return ranks, the highest score first."""
    return stats.rankdata(-scores, method="min", axis=-1)


def _moves(
    own: np.ndarray, values: np.ndarray, members: list[str], units: np.ndarray
) -> pd.DataFrame:
    """Return, for each member, agreement with the base over the units that it does not leave out.

    ``ranks`` holds the ranks, missing for the unit left out.
    """
    rows = []
    before = _ranked(own)
    for member, score in zip(members, values, strict=True):
        others = units != member
        ranks = np.where(others, _ranked(score), np.nan)
        moved = np.where(others, np.abs(ranks - before), -1)
        farthest = int(np.argmax(moved))
        rows.append(
            {
                "member": member,
                "spearman": stats.spearmanr(own[others], score[others]).statistic,
                "n_provinces": int(others.sum()),
                "largest_move": moved[farthest],
                "province_code": units[farthest],
                "ranks": ranks,
            }
        )
    return pd.DataFrame(rows)


def _ranges(own: np.ndarray, ranks: np.ndarray, units: np.ndarray) -> pd.DataFrame:
    over = {"lowest": np.nanmin, "median": np.nanmedian, "highest": np.nanmax}
    found = {name: of(ranks, axis=0) for name, of in over.items()}
    count = np.isfinite(ranks).sum(axis=0)
    return pd.DataFrame({"province_code": units, "rank": _ranked(own), **found, "n_indices": count})


def bootstrap(cube: Cube, what: Description, store: Store) -> pd.DataFrame:
    """Return bootstrap moments of the declared columns, the index fixed or rebuilt.

    Provinces are drawn with all their years. ``fixed`` takes the index as it is, ``rebuilt`` takes
    ranges and weights of the drawn provinces, ``rebuilt_to_scale`` brings the standard deviation of
    the rebuilt index in the drawn rows to that of the fixed one, because a range without an
    extreme province is another unit of measurement.
    """
    rng = np.random.default_rng(what.seed)
    counts = unit_draws(len(cube.units), what.draws, rng)
    systems = _systems(what)
    outcomes = {base: _outcomes(cube, base, systems[base], counts) for base in systems}
    rows = []
    for spec in what.columns:
        data = design(spec, store)
        fitted = fit(data)
        x = cube.values(data.spec.treatment, *data.control_names)
        for kind, y in outcomes[spec.outcome].items():
            slopes = resampled_slopes(y, x, counts)[:, 0]
            rows.append(
                {
                    "outcome": spec.outcome,
                    "treatment": spec.treatment,
                    "controls": spec.dimension("controls"),
                    "index": kind,
                    "estimate": fitted.coefficients[0],
                    "std_error": fitted.std_errors[0],
                    **_moments(slopes, fitted.std_errors[0]),
                }
            )
    return pd.DataFrame(rows)


def _outcomes(cube: Cube, base: str, system: System, counts: np.ndarray) -> dict[str, np.ndarray]:
    """Return the outcome of each draw by what the index is, (n, T) or (draws, n, T)."""
    fixed = cube.values(base)[..., 0]
    rebuilt = resampled_scores(cube.values(*system.ids), system.signs, counts)
    scale = _spread(fixed[None], counts) / _spread(rebuilt, counts)
    return dict(zip(INDICES, (fixed, rebuilt, rebuilt * scale[:, None, None]), strict=True))


def _spread(y: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return the standard deviation over the drawn rows, (draws,)."""
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = (share * y.mean(axis=2)).sum(axis=1)
    return np.sqrt((share * ((y - mean[:, None, None]) ** 2).mean(axis=2)).sum(axis=1))


def _moments(slopes: np.ndarray, std_error: float) -> dict[str, float]:
    known = slopes[np.isfinite(slopes)]
    sd = known.std(ddof=1)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return {
        "mean": known.mean(),
        "sd": sd,
        "ratio": sd / std_error,
        "ci_low": low,
        "ci_high": high,
        "draws": len(known),
        "n_degenerate": len(slopes) - len(known),
    }
