"""Interactive effects and matrix completion against R fect, algebra, and a known truth.

Tolerances: fect stops at a relative change of 1e-11 or 1e-12, which leaves 1e-8 in its estimates
and, with looser steps, 1e-6 in its jackknife (GOLD, GOLD_ERROR). Two computations of ours stop at a
relative change of 1e-11 (SAME).
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.imputation import imputation
from pilotzone.methods.factors.completion import apart, completed, two_way
from pilotzone.methods.factors.counterfactual import counterfactual
from pilotzone.methods.factors.interactive import MOST_VARIANCE, interactive
from pilotzone.methods.factors.resampled import fit as fit_tables
from pilotzone.methods.factors.resampled import resampled
from pilotzone.methods.factors.validation import folds_of, penalties, places, validate

GOLD, GOLD_ERROR = {"rtol": 0, "atol": 1e-8}, {"rtol": 1e-5}
SAME = {"rtol": 0, "atol": 1e-9}
REFERENCE = Path(__file__).parents[2] / "reference"
CLOSE = 1e-11
MODELS = {
    "ife_r1": {"rank": 1},
    "mc_0.005": {"kind": "completion", "penalty": 0.005},
    "mc_0.01": {"kind": "completion", "penalty": 0.01},
    "mc_0.015": {"kind": "completion", "penalty": 0.015},
    "ife_r1_yf": {"rank": 1},
    "ife_r2_yf": {"rank": 2},
    "mc_0.005_yf": {"kind": "completion", "penalty": 0.005},
    "mc_0.01_yf": {"kind": "completion", "penalty": 0.01},
    "mc_0.015_yf": {"kind": "completion", "penalty": 0.015},
}
KEYS = ("unit", "year", "first_treated")


@pytest.fixture(scope="module")
def frame():
    """The panel of the known answers, with the outcome yf that has two true factors."""
    made = pd.read_csv(REFERENCE / "panel.csv")
    since, unit = made["year"] - 2010, made["unit"]
    first = 2 * np.sin(since) * (((unit * 7) % 10) / 5 - 0.9)
    return made.assign(yf=made["y"] + first + ((unit * 3) % 7 - 3) / 2 * np.cos(1.7 * since))


@pytest.fixture(scope="module")
def answers():
    """Return value and error by check and quantity."""
    return pd.read_csv(REFERENCE / "gold2.csv").set_index(["check", "quantity"])


def fit(frame, outcome="y", **given):
    options = {"errors": "none", "placebo": 0, "tolerance": CLOSE, **given}
    return counterfactual(frame[outcome], *(frame[key] for key in KEYS), **options)


def as_quantity(name):
    """Return what the gold calls a term, if it has it."""
    head, _, rest = name.partition(":")
    if head == "event":
        return f"pre_residual_e{rest}" if rest.startswith("-") else f"e{rest}"
    return "att_cells" if name == "overall:simple" else ""


@pytest.mark.parametrize("check", MODELS)
def test_effects_residuals_and_jackknife_of_fect(frame, answers, check):
    made = fit(frame, "yf" if check.endswith("yf") else "y", errors="jackknife", **MODELS[check])
    known, seen = answers.loc[check], 0
    for name, value, error in zip(made.names, made.estimates, made.std_errors, strict=True):
        if (quantity := as_quantity(name)) in known.index:
            assert_allclose(value, known.loc[quantity, "value"], err_msg=name, **GOLD)
            if np.isfinite(known.loc[quantity, "std_error"]):
                assert_allclose(error, known.loc[quantity, "std_error"], err_msg=name, **GOLD_ERROR)
            seen += 1
    assert seen >= 9
    if "att_units" in known.index:
        rows = np.isfinite(made.effects).any(axis=1)
        of_units = np.nanmean(made.effects[rows], axis=1).mean()
        assert_allclose(of_units, known.loc["att_units", "value"], **GOLD)


def test_without_factors_it_is_imputation(frame):
    told = imputation(*(frame[key] for key in ("y", *KEYS)))
    none = fit(frame, rank=0)
    assert_allclose(none.estimates[0], told.aggregate("simple").estimates[0], **SAME)
    rows = frame.sample(frac=0.9, random_state=1)
    gaps = imputation(*(rows[key] for key in ("y", *KEYS)))
    assert_allclose(fit(rows, rank=0).estimates[0], gaps.aggregate("simple").estimates[0], **SAME)
    # The largest penalty of cross-validation leaves no factor.
    y, mask = none.panel.y, none.panel.observed & ~none.panel.treated
    largest = penalties(y[None], mask)[0, 0]
    assert_allclose(
        fit(frame, kind="completion", penalty=largest).estimates, none.estimates, **SAME
    )
    assert fit(frame, kind="completion", penalty=largest).rank == 0


@pytest.mark.parametrize("model", [{"rank": 1}, {"kind": "completion", "penalty": 0.005}])
def test_what_must_change_nothing(frame, model):
    plain = fit(frame, "yf", **model)
    moved = frame.assign(yf=frame["yf"] + 3.0 * frame["unit"] - 0.5 * frame["year"])
    assert_allclose(fit(moved, "yf", **model).estimates, plain.estimates, **SAME)
    shuffled = frame.sample(frac=1, random_state=2)
    assert_allclose(fit(shuffled, "yf", **model).estimates, plain.estimates, **SAME)
    # Outcomes of treated cells move the effects and nothing else.
    treated = (frame["first_treated"] > 0) & (frame["year"] >= frame["first_treated"])
    higher = fit(frame.assign(yf=frame["yf"] + 2.0 * treated), "yf", **model)
    assert_allclose(higher.residuals, plain.residuals, **SAME)
    assert_allclose(higher.effects, plain.effects + 2.0, **SAME)


def test_stacked_tables_are_fitted_as_each_alone(frame):
    panel = fit(frame, "yf", rank=1).panel
    rng = np.random.default_rng(3)
    y = panel.y + 0.1 * rng.normal(size=(7, *panel.y.shape))
    rows = np.broadcast_to(panel.observed & ~panel.treated, y.shape)
    for solve, size in ((interactive, 2), (completed, 0.01)):
        together = solve(y, rows, size, tolerance=CLOSE)
        assert together.converged.all()
        for one in range(7):
            part = slice(one, one + 1)
            alone = solve(y[part], rows[part], size, tolerance=CLOSE)
            assert_allclose(together.fitted[one], alone.fitted[0], **SAME)


def test_completion_meets_the_conditions_of_its_minimum(frame):
    panel = fit(frame, "yf", rank=1).panel
    rows, theta = panel.observed & ~panel.treated, 3.6
    penalty = theta / panel.y.size
    fitted = completed(panel.y[None], rows[None], penalty, tolerance=1e-13).fitted[0]
    left = np.where(rows, panel.y - fitted, 0.0)
    assert_allclose(left.sum(axis=0), 0, atol=1e-8)
    assert_allclose(left.sum(axis=1), 0, atol=1e-8)
    apart = fitted - fitted.mean(axis=1, keepdims=True) - fitted.mean(axis=0) + fitted.mean()
    u, s, v = np.linalg.svd(apart, full_matrices=False)
    k = int((s > 1e-7).sum())
    assert np.linalg.svd(left, compute_uv=False)[0] <= theta + 1e-7
    assert_allclose(u[:, :k].T @ left, theta * v[:k], atol=1e-7)


def test_two_way_fits_are_least_squares_with_dummies():
    rng = np.random.default_rng(4)
    y, rows = rng.normal(size=(3, 6, 5)), rng.random((3, 6, 5)) < 0.8
    i, t = np.nonzero(np.ones((6, 5)))
    x = np.column_stack([i[:, None] == np.arange(6), t[:, None] == np.arange(5)]).astype(float)
    for table, mask, found in zip(y, rows, two_way(y, rows), strict=True):
        told = mask.ravel()
        b = np.linalg.lstsq(x[told], table.ravel()[told], rcond=None)[0]
        assert_allclose(found.ravel(), x @ b, atol=1e-10)


def made_up(seed, *, factors=1, effect=0.0, units=40, periods=12, noise=0.1):
    """Return a panel whose untreated outcome has factors, loadings higher among the treated."""
    rng = np.random.default_rng(seed)
    cohort = np.where(np.arange(units) < units // 3, 8 + np.arange(units) % 3, 0)
    load = rng.normal(size=(units, factors)) + (cohort > 0)[:, None]
    table = load @ rng.normal(size=(factors, periods)) + rng.normal(size=(units, 1))
    table = table + rng.normal(size=periods) + noise * rng.normal(size=(units, periods))
    unit, period = (part.ravel() for part in np.indices((units, periods)))
    first = cohort[unit]
    treated = (first > 0) & (period >= first)
    return table.ravel() + effect * treated, unit, period, first


def test_cross_validation_finds_the_rank_and_the_fit_the_effect():
    for factors in (0, 1, 2):
        made = counterfactual(*made_up(5, factors=factors, effect=1.0), errors="none")
        assert made.rank == factors
        assert made.validation.candidates.tolist() == [0, 1, 2, 3]
        # Noise of 0.1 over 56 cells, and what loadings add to it.
        assert abs(made.estimates[0] - 1.0) < 0.1
    soft_fit = counterfactual(*made_up(5, factors=2, effect=1.0), kind="completion", errors="none")
    assert abs(soft_fit.estimates[0] - 1.0) < 0.25
    # Three penalties behind the chosen one improved nothing, so that the smallest is not tried.
    tried = soft_fit.validation
    assert len(tried.candidates) == tried.place + 4 == 9
    assert soft_fit.penalty == tried.candidates[tried.place]


def test_a_candidate_is_chosen_if_it_lowers_the_error_by_one_percent():
    # The third is measured from the chosen one, not from the one before.
    errors = [[1.0, 1.0, 1.0, 1.0], [0.995, 0.985, 0.995, 1.2], [0.999, 0.98, 0.989, 0.5]]
    assert places(np.array(errors)).tolist() == [0, 1, 2, 2]


def test_a_fit_with_factors_stays_when_cells_are_filled_with_it(frame):
    panel = fit(frame, "yf", rank=1).panel
    rows = panel.observed & ~panel.treated
    for rank in (1, 2):
        fitted = interactive(panel.y[None], rows[None], rank, tolerance=CLOSE).fitted[0]
        left = apart(np.where(rows, panel.y, fitted)[None])[0]
        u, s, v = np.linalg.svd(left, full_matrices=False)
        assert s[rank - 1] > 1.001 * s[rank]
        assert_allclose((u[:, :rank] * s[:rank]) @ v[:rank], apart(fitted[None])[0], atol=1e-6)


def test_the_same_seeds_give_the_same_numbers_and_others_do_not():
    data = made_up(6)
    runs = [
        counterfactual(*data, draws=30, rng=np.random.default_rng(seed), fold_seed=2)
        for seed in (1, 1, 2)
    ]
    np.testing.assert_array_equal(runs[0].draws, runs[1].draws)
    assert runs[0].std_errors[0] != runs[2].std_errors[0]


def test_held_out_cells_leave_enough_behind():
    rows = np.ones((8, 6), dtype=bool)
    rows[:5, 2:] = False
    held = folds_of(rows, 3, 2, np.random.default_rng(0))
    assert held.sum(axis=0).max() == 1
    assert not (held & ~rows).any()
    assert not held[:, :5].any()
    assert ((rows & ~held).sum(axis=1) >= 2).all()


def test_bootstrap_covers_and_equivalence_holds_where_the_model_does():
    # 20 panels: an interval that covers 0.90 is inside fewer than 14 times once in 400.
    inside = close = 0
    for seed in range(20):
        made = counterfactual(
            *made_up(100 + seed, effect=0.5, noise=0.5),
            rank=1,
            draws=25,
            placebo=2,
            rng=np.random.default_rng(seed),
        )
        inside += abs(made.estimates[0] - 0.5) < 1.96 * made.std_errors[0]
        place = made.names.index("test:placebo")
        close += abs(made.estimates[place]) < 1.96 * made.std_errors[place]
    assert inside >= 14
    assert close >= 14


def test_a_placebo_finds_an_effect_before_its_date():
    y, unit, period, first = made_up(7)
    early = (first > 0) & (period >= first - 2) & (period < first)
    made = counterfactual(
        y + 2.0 * early,
        unit,
        period,
        first,
        rank=1,
        placebo=2,
        draws=50,
        rng=np.random.default_rng(1),
    )
    place = made.names.index("test:placebo")
    assert abs(made.estimates[place] - 2.0) < 0.3
    assert made.estimates[place] > 4 * made.std_errors[place]
    assert made.equivalence.p_value > 0.5


def refused(code, **given):
    data = dict(zip(("y", "unit", "period", "cohort"), made_up(8), strict=True))
    data |= {k: given.pop(k) for k in tuple(data) if k in given}
    with pytest.raises(NotIdentified) as told:
        counterfactual(**data, errors="none", **given)
    assert told.value.reason.code == code
    return told.value.reason.facts


def test_what_is_not_identified_says_so():
    y, unit, period, first = made_up(8)
    assert refused("nobody_treated", cohort=0 * first)["last"] == 11
    everybody = np.where(first == 0, 11, first)
    assert refused("period_without_untreated", cohort=everybody) == {"period": 11, "periods": 1}
    two_left = np.where((first == 0) & (unit < 38), 11, first)
    assert refused("rank_not_identified", cohort=two_left, rank=2) == {"rank": 2, "most": 1}
    short = np.where(unit == 0, 2, first)
    facts = {"cohort": 2, "periods": 2, "needed": 3, "rank": 2}
    assert refused("pre_period_too_short", cohort=short, rank=2) == facts
    # Cross-validation tries what leaves each treated unit a cell to hold out.
    short = np.where(unit == 0, 3, first)
    made = counterfactual(y, unit, period, short, errors="none")
    assert made.validation.candidates.tolist() == [0, 1]


def flat_before(step):
    """Return units of a cohort whose three untreated periods see the factor move by a step."""
    rng = np.random.default_rng(4)
    unit, period = (part.ravel() for part in np.indices((30, 8)))
    factor = np.array([1, 1 + step, 1, 0.5, -0.2, -0.9, -1.6, -0.8])
    first = np.where(unit < 8, 3, 0)
    y = rng.normal(size=30)[unit] * factor[period] + 1e-9 * rng.normal(size=240)
    return y, unit, period, first


def test_a_factor_that_does_not_move_before_treatment_tells_no_loading():
    made = counterfactual(*flat_before(0.1), rank=1, errors="none", placebo=0)
    # The error of a loading is the noise, 1e-9, over the movement; cells, units and noise average.
    assert abs(made.estimates[0]) < 1e-7
    with pytest.raises(NotIdentified) as told:
        counterfactual(*flat_before(1e-3), rank=1, errors="none", placebo=0)
    assert told.value.reason.code == "loadings_not_determined"
    assert told.value.reason.facts == {"most": MOST_VARIANCE}


def test_what_rounding_decides_counts_in_no_fold_and_no_draw():
    y, _, period, first = flat_before(0.1)
    table, rows = y.reshape(1, 30, 8), ((first == 0) | (period < 3)).reshape(30, 8)
    # Without the middle one of its three periods a unit sees the factor stand still.
    held = np.zeros((1, 30, 8), dtype=bool)
    held[0, 0, 1] = True
    errors = validate("interactive", table, rows, held, np.array([[0], [1]]))
    assert np.isfinite(errors[0, 0])
    assert np.isnan(errors[1, 0])
    assert places(errors).tolist() == [0]
    means = (~rows)[None]
    made = fit_tables("interactive", np.array([1]), table, rows & ~held[0], means, 1e-9)
    assert not made.determined[0]
    with_it, without_it = np.arange(30), np.r_[1, np.arange(1, 30)]
    drawn = resampled(made, np.stack([with_it, without_it])[None])[0, :, 0]
    assert np.isnan(drawn).tolist() == [True, False]


def test_a_search_that_ends_at_no_minimum_begins_anew(frame):
    panel = fit(frame, "yf", rank=1).panel
    y, rows = panel.y[None], (panel.observed & ~panel.treated)[None]
    right = interactive(y, rows, 1, tolerance=CLOSE)
    # A fit in which the factor is one later period sees no movement before.
    far = two_way(y, rows) + 1e3 * np.eye(y.shape[2])[-1] * np.arange(y.shape[1])[:, None]
    made = interactive(y, rows, 1, far, tolerance=CLOSE)
    assert right.exists.all()
    assert made.exists.all()
    assert_allclose(made.fitted, right.fitted, **SAME)


def test_a_placebo_that_is_not_identified_leaves_the_effects():
    y, unit, period, first = made_up(8)
    made = counterfactual(
        y, unit, period, np.where(unit == 0, 2, first), rank=1, placebo=1, errors="none"
    )
    assert made.without_placebo.code == "pre_period_too_short"
    assert "test:placebo" not in made.names
    assert np.isfinite(made.estimates[0])


def test_a_unit_without_an_untreated_cell_is_dropped_and_counted():
    y, unit, period, first = made_up(9)
    made = counterfactual(y, unit, period, np.where(unit == 0, 0.5, first) * 1.0, errors="none")
    always = counterfactual(y, unit, period, np.where(unit == 0, -1, first), errors="none")
    assert made.n_dropped == 0
    assert always.n_dropped == 12
    assert len(always.panel.units) == 39
    assert always.nobs == 39 * 12


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"kind": "pca"}, "interactive or completion"),
        ({"errors": "hac"}, "bootstrap, jackknife or none"),
        ({"penalty": 0.1}, "has no penalty"),
        ({"kind": "completion", "rank": 1}, "has no rank"),
        ({"kind": "completion", "penalty": 0.0}, "above 0"),
        ({"folds": 1}, "folds is 1; give at least 2"),
        ({"rank": -1}, "rank is -1"),
        ({"draws": 1}, "draws is 1"),
    ],
)
def test_an_argument_out_of_range_is_named(given, word):
    with pytest.raises(UserError, match=word):
        counterfactual(*made_up(1), **given)


def test_data_are_not_changed():
    data = made_up(10)
    kept = [part.copy() for part in data]
    counterfactual(*data, errors="jackknife")
    for part, before in zip(data, kept, strict=True):
        np.testing.assert_array_equal(part, before)
