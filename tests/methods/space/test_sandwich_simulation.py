"""Clustered errors where errors depend over time, with a known truth.

Tolerances. NEAR: a standard deviation over 400 panels has a Monte-Carlo error of 1/sqrt(800) =
3.5 %, two of which are allowed, and 30 clusters leave a sandwich up to 5 % too small. MEAT: a
variance over 800 scores has one of sqrt(2/800) = 5 %, three of which are allowed.
"""

import numpy as np
import pytest

from pilotzone.methods.space import panel_ml
from pilotzone.methods.space.algebra import DenseAlgebra
from pilotzone.methods.space.design import MODELS, build_design, build_sample
from pilotzone.methods.space.maximum import Maximum
from pilotzone.methods.space.panel import StackedPanel, remove_effects
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.scores import pair_scores, unit_scores

pytestmark = pytest.mark.slow

REPLICATIONS = 400
NEAR = 0.12
MEAT = 0.15
SCORES = 800


def once(function):
    """Return a function that gives for good what the first call gives."""
    kept = []

    def first(*given):
        if not kept:
            kept.append(function(*given))
        return kept[0]

    return first


@pytest.fixture(scope="module")
def fits(make_weights):
    """SAR with errors that are AR(0.6) in every unit, fitted by the transformed likelihood."""
    rng = np.random.default_rng(77)
    weights = make_weights(rng, 30, share=0.08)
    multiplier = np.linalg.inv(np.eye(30) - 0.4 * weights.matrix).T
    found = {kind: [] for kind in ("information", "cluster", "cluster_pairs")}
    for _ in range(REPLICATIONS):
        x = rng.normal(size=(2, 10, 30))
        errors = np.empty((10, 30))
        errors[0] = rng.normal(size=30) / 0.8
        for t in range(1, 10):
            errors[t] = 0.6 * errors[t - 1] + rng.normal(size=30)
        y = (x[0] - 0.5 * x[1] + errors) @ multiplier
        panel = StackedPanel(y, x, ("x1", "x2"), weights.labels, np.arange(10))
        with pytest.MonkeyPatch.context() as patch:
            # The maximum and the fit are the same whatever the errors.
            for name in ("build_design", "find_maximum", "fit_quality"):
                patch.setattr(panel_ml, name, once(getattr(panel_ml, name)))
            for kind, kept in found.items():
                kept.append(fit_stacked(panel, weights, lee_yu=True, vcov=kind))
    return found


def test_pairs_give_the_error_of_rho(fits):
    spread = np.std([fit.rho for fit in fits["cluster_pairs"]])
    errors = {kind: np.mean([f.std_errors[-1] for f in kept]) for kind, kept in fits.items()}
    assert errors["cluster_pairs"] == pytest.approx(spread, rel=NEAR)
    assert errors["information"] < (1 - NEAR) * spread
    assert errors["cluster"] < (1 - NEAR) * spread


def test_slopes_need_no_pairs(fits):
    spread = np.std([fit.coefficients[:2] for fit in fits["cluster_pairs"]], axis=0)
    for kind in ("cluster", "cluster_pairs"):
        errors = np.mean([fit.std_errors[:2] for fit in fits[kind]], axis=0)
        assert errors == pytest.approx(spread, rel=NEAR)


def test_intervals_of_rho_cover_the_truth(fits):
    """With a Monte-Carlo error of 0.011, of which three; those of the information are too short."""
    covered = {
        kind: np.mean([low < 0.4 < high for low, high in (fit.intervals()[-1] for fit in kept)])
        for kind, kept in fits.items()
    }
    assert covered["cluster_pairs"] == pytest.approx(0.95, abs=0.033)
    assert covered["information"] < 0.95 - 0.033


@pytest.mark.parametrize(
    ("effects", "lee_yu"),
    [
        ("two_way", False),
        ("two_way", True),
        ("unit", False),
        ("period", True),
        ("none", False),
        ("unit_trends", True),
    ],
)
def test_the_parts_have_the_variance_of_the_score(make_weights, effects, lee_yu):
    """At the true slopes and parameters of the model with both lags, errors AR(0.7).

    Relative to the variance of each score, and for the covariances to their product. The scores of
    units alone have about half of the variance of those of rho and lambda.
    """
    rng, n, t = np.random.default_rng(41), 60, 6
    weights = make_weights(rng, n, share=0.04)
    x = rng.normal(size=(1, t, n))
    panel = StackedPanel(rng.normal(size=(t, n)), x, ("x",), weights.labels, np.arange(t))
    sample = build_sample(weights, t, effects, lee_yu)
    design = build_design(panel, weights.matrix, MODELS["gns"], effects, sample)
    parameters, slopes = np.array([0.3, 0.4]), np.array([1.0, 0.5])
    regressors = design.filtered(design.columns, parameters)[:2]
    algebra = DenseAlgebra(weights)
    at = {r: algebra.multiplier(r) for r in parameters.tolist()}.__getitem__
    root = np.linalg.cholesky(0.7 ** np.abs(np.subtract.outer(np.arange(t), np.arange(t))))
    errors = remove_effects(root @ rng.normal(size=(SCORES, t, n)), effects)
    sigma2 = np.sum(errors**2) / (SCORES * sample.nobs)
    top = Maximum(design, sample, parameters, slopes, regressors, errors, sigma2, at)
    by_unit, (units, pairs) = unit_scores(top), pair_scores(top)
    variance = np.cov(by_unit.sum(axis=1).T)
    meat, plain = (np.einsum("rni,rnj->ij", s, s, optimize=True) for s in (units, by_unit))
    meat[2:4, 2:4] += np.einsum("raij,rbij->ab", pairs, pairs, optimize=True) / 2
    meat, plain = meat / SCORES, plain / SCORES
    scale = np.sqrt(np.outer(np.diag(variance), np.diag(variance)))
    assert meat / scale == pytest.approx(variance / scale, abs=MEAT)
    assert np.all(np.diag(plain)[2:4] < 0.85 * np.diag(variance)[2:4])
