"""Wild bootstrap of residual paths.

Tolerance TWIN is for the same statistic by a whole fit of a regenerated panel.
"""

import dataclasses

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.space import refit as refit_module
from pilotzone.methods.space.effects import effects as effects_of
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import fit_stacked
from pilotzone.methods.space.wild import wild_paths

TWIN = 1e-8
DRAWS = 9


def by_hand(panel, weights, **options):
    """The fit, and estimates and errors of all terms."""
    fit = fit_stacked(panel, weights, vcov="cluster_pairs", **options)
    estimates, errors = fit.coefficients, fit.std_errors
    if options["model"] not in ("ols", "sem"):
        table = effects_of(fit, weights, method="delta")
        estimates = np.append(estimates, table.estimates.ravel())
        errors = np.append(errors, table.std_errors.ravel())
    return fit, estimates, errors


def regenerated(panel, weights, fit, v):
    """Outcomes with all effects: those of the data less what the flipped paths take out."""
    eye, w = np.eye(len(panel.units)), weights.matrix
    rho, lam = (np.nan_to_num(r) for r in (fit.rho, fit.lam))
    change = np.linalg.inv(eye - rho * w) @ np.linalg.inv(eye - lam * w)
    return panel.y + (fit.residuals * (v - 1.0)) @ change.T


@pytest.mark.parametrize(
    ("model", "effects", "lee_yu"),
    [
        ("ols", "two_way", False),
        ("slx", "unit", True),
        ("sar", "two_way", False),
        ("sar", "none", False),
        ("sdm", "two_way", True),
        ("sdm", "unit_trends", False),
        ("sem", "period", False),
        ("sdem", "two_way", True),
        ("gns", "two_way", False),
    ],
)
def test_a_loop_of_fits(drawn, model, effects, lee_yu):
    """Effects of the data included, which the demeaned outcomes of the code do without."""
    weights, panel = drawn
    options = {"model": model, "effects": effects, "lee_yu": lee_yu}
    test = wild_paths(panel, weights, draws=DRAWS, rng=np.random.default_rng(3), **options)
    fit, estimates, errors = by_hand(panel, weights, **options)
    assert test.terms[: len(fit.names)] == fit.names
    assert test.estimates == pytest.approx(estimates, abs=TWIN)
    assert test.std_errors == pytest.approx(errors, abs=TWIN)
    signs = np.array([-1.0, 1.0])[np.random.default_rng(3).integers(2, size=(DRAWS, 12))]
    for found, v in zip(test.t_draws, signs, strict=True):
        other = dataclasses.replace(panel, y=regenerated(panel, weights, fit, v))
        _, moved, spread = by_hand(other, weights, **options)
        assert found == pytest.approx((moved - estimates) / spread, abs=TWIN)
    assert test.n_failed == 0


def test_p_values_and_intervals_are_those_of_the_draws(drawn):
    """Of 99 draws the 90th absolute statistic is the 90 % quantile: interval and p value agree."""
    weights, panel = drawn
    rng = np.random.default_rng(7)
    test = wild_paths(panel, weights, draws=99, rng=rng, model="sdm", level=0.9)
    t = test.estimates / test.std_errors
    large = np.abs(test.t_draws) >= np.abs(t)
    assert test.p_values == pytest.approx((1 + large.sum(axis=0)) / 100, abs=TWIN)
    half = np.sort(np.abs(test.t_draws), axis=0)[89] * test.std_errors
    expected = test.estimates[:, None] + np.multiply.outer(half, [-1.0, 1.0])
    assert test.intervals == pytest.approx(expected, abs=TWIN)
    outside = (test.intervals[:, 0] > 0) | (test.intervals[:, 1] < 0)
    assert np.array_equal(outside, test.p_values <= 0.1)
    assert outside.any()
    assert not outside.all()


def test_terms_and_six_point_weights(drawn):
    weights, panel = drawn
    options = {"draws": 9, "model": "sdm", "weights_kind": "webb"}
    whole = wild_paths(panel, weights, rng=np.random.default_rng(7), **options)
    terms = ("rho", "indirect:x1")
    part = wild_paths(panel, weights, rng=np.random.default_rng(7), terms=terms, **options)
    places = [whole.terms.index(term) for term in terms]
    assert part.terms == terms
    assert np.array_equal(part.t_draws, whole.t_draws[:, places])
    signs = wild_paths(panel, weights, draws=9, model="sdm", rng=np.random.default_rng(7))
    assert not np.allclose(signs.t_draws, whole.t_draws)


def test_draws_at_a_bound_count_as_large(drawn, monkeypatch):
    """Every second draw fails: p is at least one half, and no quantile of 95 % is finite."""
    weights, panel = drawn
    fit = refit_module.find_maxima

    def failing(*arguments):
        places, tops = fit(*arguments)
        return places[::2], tops.at(slice(None, None, 2))

    monkeypatch.setattr(refit_module, "find_maxima", failing)
    test = wild_paths(panel, weights, draws=20, rng=np.random.default_rng(1), model="sar")
    assert (test.draws, test.n_failed) == (20, 10)
    assert np.all(test.p_values >= 11 / 21)
    assert np.array_equal(np.isinf(test.intervals), np.ones((len(test.terms), 2), dtype=bool))


def test_what_cannot_be_asked_for(drawn):
    weights, panel = drawn

    def refuse(message, **changes):
        options = {"draws": 9, "rng": np.random.default_rng(1), "model": "sar"} | changes
        with pytest.raises(UserError, match=message):
            wild_paths(panel, weights, **options)

    refuse("term 'W:x1' is not of this model: x1, x2, rho, direct:x1", terms=["rho", "W:x1"])
    refuse("'normal' are no bootstrap weights; use rademacher or webb", weights_kind="normal")
    refuse("level 1.5 does not lie between 0 and 1", level=1.5)
    refuse("0 draws; at least 1 is needed", draws=0)
    refuse("effects 'year' are unknown", effects="year")


@pytest.mark.slow
def test_intervals_cover_with_errors_that_last(make_weights):
    """SAR with AR(0.6) errors, 60 panels: 95 % with an error of 0.028, of which three."""
    rng = np.random.default_rng(19)
    weights = make_weights(rng, 20, share=0.1)
    inverse = np.linalg.inv(np.eye(20) - 0.4 * weights.matrix).T
    covered = []
    for _ in range(60):
        e = rng.normal(size=(8, 20))
        for t in range(1, 8):
            e[t] += 0.6 * e[t - 1]
        x = rng.normal(size=(1, 8, 20))
        panel = StackedPanel((x[0] + e) @ inverse, x, ("x",), weights.labels, np.arange(8))
        options = {"lee_yu": True, "draws": 59, "rng": rng, "terms": ["x", "rho"]}
        low, high = wild_paths(panel, weights, **options).intervals.T
        covered.append((low < [1.0, 0.4]) & (high > [1.0, 0.4]))
    assert np.mean(covered, axis=0) == pytest.approx([0.95, 0.95], abs=0.084)
