r"""Wild bootstrap of spatial fits by whole residual paths.

A draw multiplies the residual path e_i of each unit by one random weight v_i, makes outcomes from
the reduced form at the estimates,

    y* = (I - rho W)^-1 (Z b + (I - lambda W)^-1 diag(v) e),

and fits the model again. With one weight for a whole path the draws keep what errors depend on
over time; between units they are independent. Statistics are studentised by ``cluster_pairs``,

    t* = (theta* - theta) / se*,    p = (1 + #{|t*| >= |theta / se|}) / (1 + R),

and the interval is theta +- c se with c the quantile of |t*|. The null is not imposed, so that one
set of draws serves all terms.

Sources: Cameron, Gelbach and Miller (2008, Review of Economics and Statistics 90(3)); Webb (2023,
Canadian Journal of Economics 56(3)), six-point weights.
"""

from collections.abc import Sequence

import numpy as np

from pilotzone.errors import UserError
from pilotzone.methods.inference.permutations import positive_draws
from pilotzone.methods.inference.wild import POINTS, Weights
from pilotzone.methods.space.linear_draws import drawn_outcomes, is_linear
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.refit import build_refit, flipped_outcomes, studentised
from pilotzone.methods.space.resampled import Resampled, around, places_of
from pilotzone.methods.space.results import check_level
from pilotzone.methods.space.weights import SpatialWeights


def wild_paths(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    draws: int,
    rng: np.random.Generator,
    model: str = "sar",
    effects: str = "two_way",
    lee_yu: bool = False,
    level: float = 0.95,
    weights_kind: Weights = "rademacher",
    terms: Sequence[str] | None = None,
) -> Resampled:
    """Test every term of a spatial fit by the wild bootstrap of the module's head.

    Parameters
    ----------
    panel, weights, model, effects, lee_yu : see ``fit_stacked``.
    draws : R.
    rng : source of the weights, drawn all at once.
    level : of the intervals.
    weights_kind : {'rademacher', 'webb'}
    terms : coefficients by name, or ``direct:x`` ...; all if left out.

    A draw that cannot be fitted, as where rho runs to a bound, counts as large and is counted.
    Raises UserError as ``fit_stacked``, or if a term, the level or the kind is unknown.
    """
    positive_draws(draws)
    check_level(level)
    if weights_kind not in POINTS:
        raise UserError(f"'{weights_kind}' are no bootstrap weights; use {' or '.join(POINTS)}")
    refit = build_refit(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    keep = places_of(terms, refit.terms)
    top = refit.maximum()
    estimates, errors = (part[keep] for part in refit.statistics(top))
    points = POINTS[weights_kind]
    drawn = points[rng.integers(len(points), size=(draws, len(panel.units)))]
    if is_linear(refit):
        mean = np.tensordot(top.slopes, top.regressors, axes=1)
        values, spreads = drawn_outcomes(refit, mean, top.residuals, drawn)
        t_draws = (values[:, keep] - estimates) / spreads[:, keep]
    else:
        outcome, k = flipped_outcomes(top), refit.design.k
        t_draws = studentised(refit, [k], drawn, lambda v: outcome(v)[None], keep, estimates)
    return Resampled(
        model=model,
        effects=effects,
        lee_yu=lee_yu,
        weights=weights.name,
        terms=tuple(refit.terms[i] for i in keep),
        estimates=estimates,
        std_errors=errors,
        level=level,
        intervals=around(estimates, errors, t_draws, level),
        t_draws=t_draws,
    )
