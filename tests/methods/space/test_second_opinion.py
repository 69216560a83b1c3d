"""The same models by spreg: one-way by its panel classes, two-way with dummies.

Tolerance SAME: spreg stops its search at about 1e-8, errors and likelihoods follow from it.
spreg's panel classes print a log-likelihood without the constant (nT/2) ln(nT); ML_Lag and
ML_Error on a block-diagonal matrix with a dummy per unit and period have it, and are the exact
two-way likelihood: the effects leave after the lag is taken.
"""

import numpy as np
import pytest
from scipy import sparse

from pilotzone.methods.space.panel_ml import fit_spatial

SAME = 1e-6

pytestmark = pytest.mark.filterwarnings("ignore:::spreg")


@pytest.fixture(scope="module")
def as_pysal():
    import libpysal

    return lambda matrix: libpysal.weights.WSP(sparse.csr_matrix(matrix)).to_W(
        silence_warnings=True
    )


@pytest.mark.parametrize(("model", "name"), [("sar", "Panel_FE_Lag"), ("sem", "Panel_FE_Error")])
def test_unit_effects(long_panel, weights, as_pysal, model, name):
    import spreg

    y, x, *_ = long_panel
    theirs = getattr(spreg, name)(y[:, None], x, as_pysal(weights.matrix))
    fit = fit_spatial(*long_panel, weights, model=model, effects="unit")
    assert fit.coefficients == pytest.approx(theirs.betas.ravel(), abs=SAME)
    assert fit.std_errors == pytest.approx(np.sqrt(np.diag(theirs.vm)), abs=SAME)
    assert fit.loglik == pytest.approx(theirs.logll + 180 * np.log(360), abs=SAME)


@pytest.mark.parametrize(
    ("model", "name"),
    [("sar", "ML_Lag"), ("sdm", "ML_Lag"), ("sem", "ML_Error"), ("sdem", "ML_Error")],
)
def test_two_way_effects(long_panel, weights, as_pysal, model, name):
    import spreg

    y, x, *_ = long_panel
    big = np.kron(np.eye(12), weights.matrix)
    lagged = [big @ x] if model in ("sdm", "sdem") else []
    units = np.tile(np.eye(30), (12, 1))[:, 1:]
    periods = np.repeat(np.eye(12), 30, axis=0)[:, 1:]
    columns = np.hstack([x, *lagged, units, periods])
    theirs = getattr(spreg, name)(y[:, None], columns, as_pysal(big), vm=True)
    fit = fit_spatial(*long_panel, weights, model=model)
    ours = [*range(1, len(fit.names)), -1]
    assert fit.coefficients == pytest.approx(theirs.betas.ravel()[ours], abs=SAME)
    assert fit.std_errors == pytest.approx(np.sqrt(np.diag(theirs.vm))[ours], abs=SAME)
    assert fit.loglik == pytest.approx(theirs.logll, abs=SAME)
