"""Two clusters that cross, and weights, against fixest 0.14.2 and a sum over pairs of rows.

Tolerances: the stored answers have 12 digits and the programs agree with each other to 1e-10
(GOLD); two computations of ours differ by rounding (EXACT).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.twfe import twfe
from pilotzone.methods.inference.cluster import Crossed, small_sample_factor
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit

REFERENCE = Path(__file__).parents[2] / "reference"
GOLD = {"rtol": 0, "atol": 1e-9}
EXACT = {"rtol": 1e-10}
CONTROLS = ("x1", "x2", "x3", "x4")


@pytest.fixture(scope="module")
def rows():
    return pd.read_csv(REFERENCE / "panel.csv")


@pytest.fixture(scope="module")
def answers():
    """Return check -> value and error by regressor, fixest's where two programs stand."""
    table = pd.read_csv(REFERENCE / "gold2.csv").sort_values("software")
    kept = table.drop_duplicates(["check", "quantity"]).set_index(["check", "quantity"])
    return lambda check: kept.loc[check, ["value", "std_error"]]


@pytest.mark.parametrize("weighted", ["", "weighted_"])
@pytest.mark.parametrize("controls", ["", "_controls"])
@pytest.mark.parametrize("by", ["unit", "unit_year"])
def test_as_fixest(rows, answers, weighted, controls, by):
    if (weighted, by) == ("", "unit"):
        pytest.skip("plain clusters stand in test_fwl")
    beside = CONTROLS if controls else ()
    made = twfe(
        rows["y"],
        rows["d"],
        ["d"],
        rows[list(beside)] if beside else None,
        beside,
        rows["unit"],
        rows["year"],
        weights=(1.0 + rows["unit"] % 3).to_numpy() if weighted else None,
        cluster=Crossed.of(rows["unit"], rows["year"]) if by == "unit_year" else rows["unit"],
    )
    known = answers(f"{weighted}twfe{controls}_cluster_{by}").loc[list(made.names)]
    found = np.column_stack([made.coefficients, made.std_errors])
    assert_allclose(found, known.to_numpy(dtype=float), **GOLD)
    assert made.df == (11 if by == "unit_year" else 29)


def test_is_the_sum_over_pairs_that_share_a_cluster(panel):
    """The meat is Σ_ij 1{i and j share a cluster} x̃_i û_i û_j x̃_j'."""
    p = panel(4)
    effects = FixedEffects([p.unit], weights=p.weights)
    crossed = Crossed.of(p.region, p.period)
    made = fit(p.y, p.x, ["a", "b", "c"], effects, crossed)
    x = effects.residualise(p.x)
    bread = np.linalg.inv(x.T @ (p.weights[:, None] * x))
    scores = x * (p.weights * made.residuals)[:, None]
    share = (p.region[:, None] == p.region) | (p.period[:, None] == p.period)
    # Units lie within regions, and count as one with the three regressors.
    factor = small_sample_factor(len(p.y), 4, 3)
    covariance = factor * bread @ (scores.T @ (share @ scores)) @ bread
    values, vectors = np.linalg.eigh(covariance)
    assert_allclose(made.covariance, (vectors * values.clip(0)) @ vectors.T, atol=1e-12)
    assert (made.n_clusters, made.df, made.k) == (3, 2, 4)


def test_a_cluster_within_the_other_adds_nothing(panel):
    p = panel(5)
    effects = FixedEffects([p.unit, p.period])
    given = p.y, p.x, ["a", "b", "c"], effects
    both = fit(*given, Crossed.of(p.unit, p.region))
    assert_allclose(both.covariance, fit(*given, p.region).covariance, **EXACT)


def test_rows_alone_leave_both_sets(panel):
    """The last unit has one row, which its effect fits: it is no cluster either."""
    p = panel(6)
    rest = p.unit < 11
    whole = rest | (p.period == 2011)

    def fitted(kept):
        groups = p.unit[kept], p.period[kept]
        return fit(p.y[kept], p.x[kept], list("abc"), FixedEffects(groups), Crossed.of(*groups))

    made = fitted(whole)
    assert_allclose(made.covariance, fitted(rest).covariance, **EXACT)
    assert made.n_singletons == 1


def test_no_positive_variance():
    """Residuals that cancel by unit and by period leave the intersections alone, with a minus."""
    unit, period = np.repeat(np.arange(4), 4), np.tile(np.arange(4), 4)
    x = np.where((unit < 2) == (period < 2), 1.0, -1.0)
    signs = np.where((unit + period) % 2 == 0, 1.0, -1.0)
    with pytest.raises(NotIdentified, match="no_crossed_variance"):
        fit(x * signs, x, ["x"], FixedEffects([], n=16), Crossed.of(unit, period))


def test_jackknife_takes_one_set(panel):
    p = panel(7)
    with pytest.raises(UserError, match="one set of clusters"):
        fit(
            *(p.y, p.x, ["a", "b", "c"], FixedEffects([p.unit])),
            Crossed.of(p.unit, p.period),
            vcov="crv3",
        )
