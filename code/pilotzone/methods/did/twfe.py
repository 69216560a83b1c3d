"""Two-way fixed effects: the regression of most studies, on the fast core."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.methods.did.saturated import unit_contributions
from pilotzone.methods.did.terms import Terms
from pilotzone.methods.inference.columns import as_columns
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, Vcov, fit, identified_fit


def twfe(
    y: ArrayLike,
    treatments: ArrayLike,
    treatment_names: Sequence[str],
    controls: ArrayLike | None,
    control_names: Sequence[str],
    unit: ArrayLike,
    period: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    vcov: Vcov | None = None,
    **further: object,
) -> LinearFit:
    r"""Two-way fixed effects, y_it = α_i + λ_t + Σ_k β_k d_kit + γ'x_it + ε_it.

    Coefficients are those of the treatments first, then of the controls. Errors are those of
    ``fwl.fit``.

    Parameters
    ----------
    y : (N,) outcome.
    treatments : (N, k) or (N,); ``treatment_names`` their k names.
    controls : (N, p) or None; ``control_names`` their p names.
    cluster : (N,) labels; default: unit.
    vcov : "crv1" (default) or "crv3".
    unit, period, further : see ``panel_effects``.
    """
    effects = panel_effects(unit, period, **further)
    x = as_columns(treatments, effects.n, "treatments")
    if controls is not None:
        x = np.hstack([x, as_columns(controls, effects.n, "controls")])
    regressors = [*treatment_names, *control_names]
    return fit(y, x, regressors, effects, unit if cluster is None else cluster, vcov=vcov)


def slope_term(
    y: ArrayLike,
    x: ArrayLike,
    names: Sequence[str],
    effects: FixedEffects,
    cluster: ArrayLike,
) -> Terms:
    """The first slope of a regression as a term, with what each cluster adds to its CRV1 error.

    Parameters and NotIdentified: see ``fwl.identified_fit``. So written the slope can be tested by
    permuted cohorts as an average of cells can.
    """
    result = identified_fit(y, x, names, effects, cluster)
    contributions = unit_contributions(result, x, effects, np.asarray(cluster))
    return Terms(
        names=tuple(names[:1]),
        estimates=result.coefficients[:1],
        influence=contributions[:, :1],
        weights=np.ones((1, 1)),
        error_reasons=(None,),
        df=result.df,
    )


def panel_effects(
    unit: ArrayLike,
    period: ArrayLike,
    *,
    weights: ArrayLike | None = None,
    extra_factors: Sequence[ArrayLike] = (),
    slopes: Sequence[tuple[ArrayLike, ArrayLike]] = (),
    unit_effects: bool = True,
    period_effects: bool = True,
) -> FixedEffects:
    """Fixed effects of a panel, named for messages.

    Parameters
    ----------
    unit, period : (N,) labels; the panel may be unbalanced.
    weights : (N,) positive weights or None.
    extra_factors : further label arrays, each a fixed effect (region by year, for instance).
    slopes : pairs of labels and variable, such as ``(unit, year)`` for unit trends.
    unit_effects, period_effects : leave either out. Without any effect an intercept stays.
    """
    own = [(unit, "unit", unit_effects), (period, "period", period_effects)]
    kept = [(labels, name) for labels, name, is_kept in own if is_kept]
    kept += [(labels, f"extra {j + 1}") for j, labels in enumerate(extra_factors)]
    factors, names = [labels for labels, _ in kept], [name for _, name in kept]
    return FixedEffects(factors, slopes, weights, names=names, n=len(unit))
