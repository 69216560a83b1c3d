"""Many regressions at once against one at a time.

``batch`` and ``fit`` do the same algebra in another order: 1e-10 (SAME).
"""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import UserError
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import fit

SAME = {"rtol": 1e-10, "atol": 1e-12}


@pytest.mark.parametrize("with_controls", [False, True])
def test_batch_equals_fit_column_by_column(panel, with_controls, weighted, share, monkeypatch):
    monkeypatch.setattr("pilotzone.methods.inference.columns.BLOCK_COLUMNS", 7)
    p = panel(14, share=share)
    rng = np.random.default_rng(14)
    start = rng.integers(2012, 2018, (12, 9))
    treatments = p.period[:, None] >= start[p.unit]
    outcomes = p.y[:, None] + rng.normal(size=(len(p.y), 9))
    effects = FixedEffects([p.unit, p.period], weights=p.weights if weighted else None)
    controls = p.x if with_controls else None
    names = ["d", *"abc"] if with_controls else ["d"]
    columns = range(9)
    cases = {
        "treatments": (p.y, treatments, [(p.y, treatments[:, r]) for r in columns]),
        "outcomes": (outcomes, treatments[:, 0], [(y, treatments[:, 0]) for y in outcomes.T]),
        "pairs": (outcomes, treatments, [(outcomes[:, r], treatments[:, r]) for r in columns]),
    }
    for y, d, singles in cases.values():
        result = batch(y, d, controls, effects, p.unit)
        assert not result.degenerate.any()
        for r, (y_r, d_r) in enumerate(singles):
            x = np.column_stack([d_r, p.x]) if with_controls else d_r.astype(float)
            one = fit(y_r, x, names, effects, p.unit)
            assert_allclose(result.coefficients[r], one.coefficients[0], **SAME)
            assert_allclose(result.std_errors[r], one.std_errors[0], **SAME)
            assert_allclose(result.t[r], one.t[0], **SAME)
            assert_allclose(result.p_values[r], one.p_values[0], **SAME)
            assert (result.df, result.k) == (one.df, one.k)


def test_batch_flags_what_cannot_be_estimated_and_nothing_else(panel):
    p = panel(15)
    control = p.x[:, :1]
    good = (p.period >= 2014 + p.unit % 3).astype(float)
    within_span = control[:, 0] * 2 + p.unit - 3.0 * p.period
    draws = np.column_stack([good, p.unit, p.period == 2015, np.full(len(p.y), 0.1), within_span])
    effects = FixedEffects([p.unit, p.period])
    result = batch(p.y, draws, control, effects, p.unit)
    assert result.degenerate.tolist() == [False, True, True, True, True]
    for values in (result.coefficients, result.std_errors, result.t, result.p_values):
        assert np.isnan(values).tolist() == result.degenerate.tolist()
    outcomes = np.column_stack([p.y, p.unit * 1.0, control[:, 0]])
    flagged = batch(outcomes, good, control, effects, p.unit).degenerate
    assert flagged.tolist() == [False, True, True]
    exact_zero = batch([1.0, -1, -1, 1], [1, -1, 1, -1], None, FixedEffects([], n=4), [0, 1, 0, 1])
    assert exact_zero.degenerate.tolist() == [True]
    assert batch(p.y, draws[:, :0], None, effects, p.unit).coefficients.shape == (0,)


def test_batch_and_fit_refuse_the_same_treatments(panel):
    p = panel(16)
    effects = FixedEffects([p.unit, p.period])
    draws = {"unit": p.unit * 1.0, "period": p.period * 1.0, "sum": p.unit + 0.1 * p.period}
    assert batch(p.y, np.column_stack(list(draws.values())), None, effects, p.unit).degenerate.all()
    for name, d in draws.items():
        with pytest.raises(UserError, match=f"'{name}' has no variation within"):
            fit(p.y, d, [name], effects, p.unit)


def test_nothing_of_the_callers_changes(panel):
    p = panel(17, share=0.8)
    draws = np.random.default_rng(17).normal(size=(len(p.y), 5))
    arrays = [p.unit, p.period, p.region, p.y, p.x, p.weights, draws]
    copies = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    effects = FixedEffects([p.unit, p.period], [(p.region, p.period)], p.weights)
    effects.residualise(p.x)
    fit(p.y, p.x, list("abc"), effects, p.unit)
    fit(p.y, p.x, list("abc"), effects, p.unit, vcov="crv3")
    batch(p.y, draws, p.x, effects, p.unit)
    shuffled = np.random.default_rng(1).permutation(96)
    whole = panel(17)
    balanced = FixedEffects([whole.unit[shuffled], whole.period[shuffled]])
    column = whole.y.copy()
    balanced.residualise(column)
    assert_allclose(column, whole.y, rtol=0, atol=0)
    for a, copy in zip(arrays, copies, strict=True):
        assert_allclose(a, copy, rtol=0, atol=0)
