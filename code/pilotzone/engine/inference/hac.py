"""Errors that allow for dependence across units: Driscoll-Kraay and Conley."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.linear import Regression
from pilotzone.methods.inference import spatial_hac
from pilotzone.methods.inference.cluster import small_sample_factor
from pilotzone.methods.inference.fwl import LinearFit
from pilotzone.panels.store import Store


def _sandwich(what: Regression) -> tuple[LinearFit, np.ndarray, np.ndarray]:
    """Return the fit, its regressors in the metric of the weights, and their inverse gram."""
    result = what.fit(what.data.unit)
    x_tilde = what.effects.residualise(what.x) * what.effects.root_weights[:, None]
    return result, x_tilde, np.linalg.inv(x_tilde.T @ x_tilde)


def _row(
    result: LinearFit, hac: spatial_hac.HacCovariance
) -> tuple[pd.DataFrame, dict[str, object]]:
    found = result.names[:1], result.coefficients[:1], hac.std_errors[:1]
    rows = estimates.rows(*found, distribution=hac.distribution, df=hac.df)
    where = f"{hac.cutoff_km:g}km" if hac.cutoff_km else f"lag{hac.lags}"
    return rows, {"inference": f"{hac.kind}:{where}"}


def by_driscoll_kraay(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Driscoll-Kraay with a Bartlett kernel over years, t(T − 1).

    Unit effects are not nested in years, so that K counts them all.
    """
    result, x_tilde, bread = _sandwich(what)
    data = what.data
    k = what.x.shape[1] + what.effects.rank
    factor = small_sample_factor(result.nobs, k, len(np.unique(data.period)))
    lags = data.spec.inference.kind.parameters["lags"]
    residuals = result.residuals * what.effects.root_weights
    hac = spatial_hac.driscoll_kraay(x_tilde, residuals, bread, data.period, lags, factor)
    return _row(result, hac)


def by_conley(what: Regression, store: Store) -> tuple[pd.DataFrame, dict[str, object]]:
    """Conley with a Bartlett kernel in distance within years; own serial correlation kept."""
    result, x_tilde, bread = _sandwich(what)
    data = what.data
    codes, distance = store.distances(data.panel.id)
    inside = np.flatnonzero(np.isin(codes, data.unit))
    factor = small_sample_factor(result.nobs, result.k, result.n_clusters)
    hac = spatial_hac.conley(
        x_tilde,
        result.residuals * what.effects.root_weights,
        bread,
        data.unit,
        data.period,
        distance[np.ix_(inside, inside)],
        tuple(codes[i] for i in inside),
        data.spec.inference.kind.parameters["cutoff_km"],
        factor,
    )
    return _row(result, hac)
