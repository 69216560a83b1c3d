r"""Matching before difference in differences: scores, weights of units, balance, weighted fit.

All functions before ``matched_did`` work on units, one row each, with covariates from before
treatment. Their weights are 1 for a treated unit that is kept and sum over the controls to the
number of treated units kept. ``matched_did`` takes such weights to the rows of a panel. No unit
leaves without a trace: every result lists the codes of the units with weight 0 or flags them.

With few units the covariates often predict treatment perfectly. ``firth_logit`` gives a finite
score all the same and says so; whether treated units then have comparable controls is for the
caliper, the bandwidth and the convex hull to decide, and if not the answer is ``NotIdentified``.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg, sparse, special

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.cluster import TOLERANCE, encode
from pilotzone.methods.inference.fwl import (
    FixedEffects,
    LinearFit,
    Vcov,
    as_columns,
    fit,
    no_variation,
)

# Newton's steps end when the mean gradient, covariates in standard deviations, is rounding.
GRADIENT = 1e-12
# Most samples need 10 to 40 steps, the worst of 12,000 small ones 819.
NEWTON_STEPS = 5_000
# The objective carries about 15 digits: a step that loses less than this share is no loss.
SLACK = 1e-13
# Longest direction in the search for separation: a unit counts as separated if it is so by 5e-7
# standard deviations. Without a bound the linear programme can fail on nearly singular samples.
LONGEST = 1e6


# --------------------------------------------------------------------------------------
# Propensity score
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class FirthLogit:
    """A logit by penalised likelihood.

    Attributes
    ----------
    names : "constant" and the covariates, in the order of the coefficients.
    coefficients : (k + 1,), in units of the covariates as given.
    propensity : (n,) fitted probability of treatment.
    logit : (n,) linear predictor, the logit of the propensity.
    predicted : (n,) bool, units whose treatment the covariates predict perfectly: the plain
        logit sends their propensity to 0 or 1 and has no finite coefficients if there is any.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    propensity: np.ndarray = field(repr=False)
    logit: np.ndarray = field(repr=False)
    predicted: np.ndarray = field(repr=False)

    @property
    def separated(self) -> bool:
        """Whether the plain logit separates some units, so that its estimate does not exist."""
        return bool(self.predicted.any())


def firth_logit(d: ArrayLike, x: ArrayLike, names: Sequence[str] | None = None) -> FirthLogit:
    r"""Logit by Firth's penalised likelihood, whose maximum is finite in every sample.

    max_β Σ_i [d_i η_i − ln(1 + e^{η_i})] + ½ ln |X'WX|,  η = Xβ, W = diag(π(1 − π)), with the
    score X'(d − π + h(½ − π)), h the leverages of W^½X. The maximum does not depend on the
    units of the covariates; they are standardised for the computation only.

    Parameters
    ----------
    d : (n,) treatment, true and false or 1 and 0.
    x : (n, k) or (n,) covariates without a constant.
    names : k names for messages and the result; default "covariate 1" …

    Raises
    ------
    NotIdentified
        If there is no treated or no untreated unit.
    UserError
        If a covariate is constant or not finite, covariates are collinear, or shapes differ.

    Notes
    -----
    Firth (1993, Biometrika 80(1)); finiteness: Kosmidis and Firth (2021, Biometrika 108(1)).
    Separation: a direction b ≠ 0 with (2d_i − 1)x_i'b ≥ 0 for all units and > 0 for some
    (Albert and Anderson 1984, Biometrika 71(1)), found by a linear programme.
    """
    treated = _treated(d)
    columns, names = _covariates(x, names, len(treated))
    mean, sd = columns.mean(axis=0), columns.std(axis=0)
    design = np.column_stack([np.ones(len(treated)), _standardised(columns, names)])
    basis = _orthogonal(design)
    maximum = _climb(lambda b: _penalised(b, basis, treated.astype(float)), basis.shape[1])
    if maximum is None:
        raise NotIdentified("score_not_converged")
    logit = basis @ maximum
    beta = np.linalg.lstsq(design, logit, rcond=None)[0]
    slopes = beta[1:] / sd
    return FirthLogit(
        names=("constant", *names),
        coefficients=np.append(beta[0] - slopes @ mean, slopes),
        propensity=special.expit(logit),
        logit=logit,
        predicted=_on_one_side(np.where(treated, 1.0, -1.0)[:, None] * basis),
    )


def _penalised(
    beta: np.ndarray, design: np.ndarray, d: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Penalised log likelihood, its mean gradient, and a step.

    The step solves (X'W(I + H)X) step = score: at given leverages the score is that of a logit
    with weights 1 + h, and this is its information.
    """
    eta = design @ beta
    score = special.expit(eta)
    w = score * special.expit(-eta)
    q, r = np.linalg.qr(np.sqrt(w)[:, None] * design)
    leverage = np.einsum("ij,ij->i", q, q)
    gradient = design.T @ (d - score + leverage * (0.5 - score))
    step = np.linalg.solve(design.T @ ((w * (1 + leverage))[:, None] * design), gradient)
    value = d @ eta - np.logaddexp(0.0, eta).sum() + np.log(np.abs(np.diag(r))).sum()
    return float(value), gradient / len(d), step


def _climb(
    evaluate: Callable[[np.ndarray], tuple[float, np.ndarray, np.ndarray]], k: int
) -> np.ndarray | None:
    """Maximum from 0 by Newton's steps, halved where they lose; None if none is reached.

    ``evaluate`` gives value, gradient and step at a point of k numbers.
    """
    at = np.zeros(k)
    value, gradient, step = evaluate(at)
    for _ in range(NEWTON_STEPS):
        if np.abs(gradient).max(initial=0.0) <= GRADIENT:
            return at
        new = evaluate(at + step)
        if new[0] < value - SLACK * max(1.0, abs(value)):
            step = step / 2
        else:
            at = at + step
            value, gradient, step = new
    return None


def _orthogonal(z: np.ndarray) -> np.ndarray:
    """Basis of the space of the columns, orthogonal, with mean square 1.

    Neither a likelihood nor a side depends on the basis, but the digits that are left do.
    """
    basis, lengths, _ = np.linalg.svd(z, full_matrices=False)
    return basis[:, lengths > TOLERANCE * lengths[0]] * np.sqrt(len(z))


def _on_one_side(z: np.ndarray) -> np.ndarray:
    """Rows z_i that some b puts strictly on one side, z_i'b > 0, with z_j'b ≥ 0 for all rows.

    max Σ s_i subject to s_i ≤ z_i'b and 0 ≤ s_i ≤ 1. As b may be long, s_i is 1 for such a row
    and 0 for any other. Without any, 0 lies in the relative interior of the rows' hull.
    """
    from scipy.optimize import linprog

    n, k = z.shape
    solution = linprog(
        np.append(np.zeros(k), -np.ones(n)),
        A_ub=sparse.hstack([sparse.csr_array(-z), sparse.eye_array(n)], format="csc"),
        b_ub=np.zeros(n),
        bounds=[(-LONGEST, LONGEST)] * k + [(0, 1)] * n,
    )
    if not solution.success:
        raise NotIdentified("separation_unknown", message=solution.message)
    return solution.x[k:] > 0.5


# --------------------------------------------------------------------------------------
# Weights of units
# --------------------------------------------------------------------------------------


class Pair(NamedTuple):
    """A treated unit, its control (codes) and the distance of their logits."""

    treated: object
    control: object
    distance: float


@dataclass(frozen=True, eq=False)
class NearestNeighbours:
    """Nearest neighbours within a caliper.

    Attributes
    ----------
    weights : (n,) 1 for a matched treated unit, for a control the number of times it is used.
    pairs : one per matched treated unit, in the order of their codes.
    dropped : codes of the treated units without a control within the caliper, ascending.
    unused : codes of the controls that are nobody's nearest neighbour, ascending.
    caliper : largest distance allowed, in units of the logit.
    """

    weights: np.ndarray = field(repr=False)
    pairs: tuple[Pair, ...]
    dropped: tuple
    unused: tuple
    caliper: float


@dataclass(frozen=True, eq=False)
class KernelMatches:
    """Kernel matching on the propensity score.

    Attributes
    ----------
    weights : (n,) 1 for a treated unit that is kept; for a control the sum over these of its
        share in their comparison.
    off_support : codes of treated units whose score lies outside those of the controls.
    without_control : codes of other treated units without a control within the bandwidth.
    unused : codes of the controls without weight. All codes ascend.
    bandwidth : of the kernel, in units of the score.
    support : lowest and highest score of the controls.
    """

    weights: np.ndarray = field(repr=False)
    off_support: tuple
    without_control: tuple
    unused: tuple
    bandwidth: float
    support: tuple[float, float]

    @property
    def dropped(self) -> tuple:
        """Codes of all treated units that are not matched, ascending."""
        return tuple(sorted((*self.off_support, *self.without_control)))


@dataclass(frozen=True, eq=False)
class EntropyWeights:
    """Weights that equate the means of the covariates.

    Attributes
    ----------
    weights : (n,) 1 for treated units; positive for controls, in sum the number of treated. A
        control hundreds of standard deviations away may fall below the smallest number, to 0.
    effective_controls : (Σw)²/Σw² over the controls: how many evenly weighted controls hold as
        much information.
    """

    weights: np.ndarray = field(repr=False)
    effective_controls: float


def nearest_neighbour(
    logit: ArrayLike,
    treated: ArrayLike,
    codes: ArrayLike,
    caliper_sd: float = 0.25,
    *,
    require_overlap: bool = True,
) -> NearestNeighbours:
    r"""The nearest control of each treated unit, with replacement, on the logit of the score.

    j(i) = argmin_j |η_j − η_i| over the controls, kept if the distance is at most
    caliper_sd · sd(η), sd over all units with n − 1. Among controls at the same distance (up to
    1e-9 standard deviations) the one with the smallest code is taken, so that neither the order
    of the rows nor rounding decides.

    Parameters
    ----------
    logit : (n,) linear predictor of the score.
    treated : (n,) true and false or 1 and 0.
    codes : (n,) one code per unit, numbers or strings; they order ties and name units.
    caliper_sd : caliper in standard deviations of the logit.
    require_overlap : False returns an empty match where no treated unit has a control, for a
        listing of the dropped units.

    Raises
    ------
    NotIdentified
        If no treated unit has a control within the caliper, or there is no treated or no
        control unit.
    UserError
        If values are missing, codes repeat, lengths differ or the caliper is not positive.

    Notes
    -----
    Rosenbaum and Rubin (1985, American Statistician 39(1)).
    """
    mask = _treated(treated)
    eta = _column(logit, "logit", len(mask))
    labels, rank = _codes(codes, len(mask))
    sd = float(eta.std(ddof=1))
    caliper = _width(caliper_sd, "caliper") * sd
    of_treated, of_controls = (
        np.flatnonzero(side)[np.argsort(rank[side])] for side in (mask, ~mask)
    )
    distance = np.abs(eta[of_treated][:, None] - eta[of_controls])
    smallest = distance.min(axis=1)
    chosen = of_controls[np.argmax(distance <= smallest[:, None] + TOLERANCE * sd, axis=1)]
    inside = smallest <= caliper + TOLERANCE * sd
    if require_overlap and not inside.any():
        facts = {"caliper": caliper, "deviations": caliper_sd, "closest": smallest.min()}
        raise NotIdentified("outside_caliper", **facts)
    weights = np.bincount(chosen[inside], minlength=len(mask)).astype(float)
    weights[of_treated[inside]] = 1.0
    pairs = zip(of_treated[inside], chosen[inside], strict=True)
    return NearestNeighbours(
        weights=weights,
        pairs=tuple(Pair(labels[i], labels[j], float(abs(eta[i] - eta[j]))) for i, j in pairs),
        dropped=tuple(labels[i] for i in of_treated[~inside]),
        unused=tuple(labels[j] for j in of_controls if weights[j] == 0),
        caliper=caliper,
    )


def kernel_weights(
    score: ArrayLike,
    treated: ArrayLike,
    codes: ArrayLike,
    bandwidth: float = 0.06,
    *,
    require_overlap: bool = True,
) -> KernelMatches:
    r"""Kernel matching on the propensity score.

    w_j = Σ_i K((p_j − p_i)/h) / Σ_k K((p_k − p_i)/h), the outer sum over kept treated units, the
    inner over controls, K(u) = ¾(1 − u²) for |u| < 1 (Epanechnikov).

    Common support: a treated unit is dropped if its score is below the lowest or above the
    highest score of the controls (with 1e-9 for rounding), or if no control lies within the
    bandwidth. Controls are not trimmed: one out of reach of all kept treated units has weight 0.

    Parameters
    ----------
    score : (n,) propensity, in [0, 1].
    treated, codes, require_overlap : see ``nearest_neighbour``.
    bandwidth : h, in units of the score.

    Raises
    ------
    NotIdentified
        If no treated unit is kept, or there is no treated or no control unit.
    UserError
        If a score lies outside [0, 1], or as ``nearest_neighbour``.

    Notes
    -----
    Heckman, Ichimura and Todd (1997, Review of Economic Studies 64(4)). Support rule and
    bandwidth are those of psmatch2 (Leuven and Sianesi 2003).
    """
    mask = _treated(treated)
    p = _column(score, "score", len(mask))
    if np.any((p < 0) | (p > 1)):
        raise UserError("'score' has values outside [0, 1]; give the propensity, not its logit")
    labels, rank = _codes(codes, len(mask))
    h = _width(bandwidth, "bandwidth")
    low, high = float(p[~mask].min()), float(p[~mask].max())
    u = (p[~mask] - p[mask][:, None]) / h
    kernel = np.where(np.abs(u) < 1 - TOLERANCE, 0.75 * (1 - u**2), 0.0)
    total = kernel.sum(axis=1)
    on_support = (p[mask] >= low - TOLERANCE) & (p[mask] <= high + TOLERANCE)
    kept = on_support & (total > 0)
    if require_overlap and not kept.any():
        controls = {"controls_low": low, "controls_high": high}
        treated = {"treated_low": p[mask].min(), "treated_high": p[mask].max()}
        raise NotIdentified("outside_bandwidth", bandwidth=h, **controls, **treated)
    weights = np.zeros(len(mask))
    weights[mask] = kept
    weights[~mask] = (kernel[kept] / total[kept, None]).sum(axis=0)
    of_treated, of_controls = np.flatnonzero(mask), np.flatnonzero(~mask)
    return KernelMatches(
        weights=weights,
        off_support=_listing(of_treated[~on_support], labels, rank),
        without_control=_listing(of_treated[on_support & ~kept], labels, rank),
        unused=_listing(of_controls[weights[~mask] == 0], labels, rank),
        bandwidth=h,
        support=(low, high),
    )


def entropy_balance(
    x: ArrayLike, treated: ArrayLike, names: Sequence[str] | None = None
) -> EntropyWeights:
    r"""Weights of the controls that equate their means with those of the treated units.

    min Σ_j w_j ln w_j subject to Σ_j w_j x_j = x̄₁, Σ_j w_j = 1. With z_j = x_j − x̄₁ the solution
    is w_j ∝ exp(z_j'λ), λ the minimum of the dual ln Σ_j exp(z_j'λ), found by Newton's method.
    It exists if and only if x̄₁ lies inside the convex hull of the controls, which a linear
    programme decides beforehand.

    Parameters
    ----------
    x : (n, k) or (n,) covariates.
    treated : (n,) true and false or 1 and 0.
    names : k names for messages; default "covariate 1" …

    Raises
    ------
    NotIdentified
        If no positive weights equate the means, or there is no treated or no control unit.
    UserError
        If a covariate is constant or not finite, covariates are collinear, or shapes differ.

    Notes
    -----
    Hainmueller (2012, Political Analysis 20(1)), first moments.
    """
    mask = _treated(treated)
    columns, names = _covariates(x, names, len(mask))
    scaled = _standardised(columns, names)
    z = scaled[~mask] - scaled[mask].mean(axis=0)
    z[np.abs(z) < TOLERANCE] = 0.0
    basis = _orthogonal(z)
    if _on_one_side(basis).any():
        raise _outside_hull(z, names)
    dual = _climb(lambda multipliers: _entropy_dual(multipliers, basis), basis.shape[1])
    if dual is None:
        raise NotIdentified("entropy_not_converged")
    shares = special.softmax(basis @ dual)
    weights = np.ones(len(mask))
    weights[~mask] = mask.sum() * shares
    return EntropyWeights(weights, effective_controls=float(1 / (shares @ shares)))


def _entropy_dual(
    multipliers: np.ndarray, basis: np.ndarray
) -> tuple[float, np.ndarray, np.ndarray]:
    """Minus the dual, its gradient (the gap in means) and Newton's step.

    Where a few controls hold nearly all weight the curvature is lost to rounding in some
    directions; the least-squares step does not move along them.
    """
    shares = special.softmax(basis @ multipliers)
    gap = shares @ basis
    centred = np.sqrt(shares)[:, None] * (basis - gap)
    step = np.linalg.lstsq(centred.T @ centred, -gap, rcond=None)[0]
    return -float(special.logsumexp(basis @ multipliers)), -gap, step


def _outside_hull(z: np.ndarray, names: Sequence[str]) -> NotIdentified:
    """Why no weights exist, with the covariates in which the mean is beyond all controls."""
    beyond = [
        name
        for name, column in zip(names, z.T, strict=True)
        if np.any(column) and (column.min() >= 0 or column.max() <= 0)
    ]
    facts = {"controls": len(z), "variables": names}
    if not beyond:
        return NotIdentified("outside_hull", **facts)
    return NotIdentified("outside_hull_in", **facts, beyond=beyond)


# --------------------------------------------------------------------------------------
# Balance
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Comparison:
    """Covariates of treated units and controls, each (k,).

    Attributes
    ----------
    mean_treated, mean_controls : in units of the covariates.
    std_difference : difference of the means over the pooled standard deviation before matching;
        infinite where neither group varies, NaN where a group has one unit.
    variance_ratio : treated over controls; NaN where a group has one unit with weight.
    """

    mean_treated: np.ndarray
    mean_controls: np.ndarray
    std_difference: np.ndarray
    variance_ratio: np.ndarray


@dataclass(frozen=True, eq=False)
class Balance:
    """Balance of k covariates ``names`` before matching (all units alike) and after."""

    names: tuple[str, ...]
    before: Comparison
    after: Comparison


def balance(x: ArrayLike, names: Sequence[str], treated: ArrayLike, weights: ArrayLike) -> Balance:
    r"""Means, standardised differences and variance ratios before and after matching.

    Standardised difference: (x̄₁ − x̄₀) / √((s₁² + s₀²)/2), the variances those before matching, so
    that a change of it is a change of the means. Weighted variances are
    Σw(x − x̄)² · Σw / ((Σw)² − Σw²), with n − 1 if the weights are equal.

    Parameters
    ----------
    x : (n, k) or (n,) covariates, ``names`` their k names.
    treated : (n,) true and false or 1 and 0.
    weights : (n,) weights of the units, none negative.

    Raises
    ------
    NotIdentified
        If no treated or no control unit has weight.
    UserError
        If a covariate is constant or a value is missing, a weight is negative, or shapes differ.

    Notes
    -----
    Austin (2009, Statistics in Medicine 28(25)).
    """
    mask = _treated(treated)
    columns, names = _covariates(x, names, len(mask))
    _refuse_constant(columns, names)
    w = _weights(_column(weights, "weights", len(mask)))
    if not (w[mask].any() and w[~mask].any()):
        raise NotIdentified("no_weight")
    even = np.ones(len(mask))
    spread = [_moments(columns[side], even[side])[1] for side in (mask, ~mask)]
    pooled = np.sqrt((spread[0] + spread[1]) / 2)
    return Balance(
        names, _comparison(columns, mask, even, pooled), _comparison(columns, mask, w, pooled)
    )


def _comparison(
    columns: np.ndarray, mask: np.ndarray, w: np.ndarray, pooled: np.ndarray
) -> Comparison:
    """Weighted moments of both groups, set against each other."""
    mean_treated, variance_treated = _moments(columns[mask], w[mask])
    mean_controls, variance_controls = _moments(columns[~mask], w[~mask])
    with np.errstate(divide="ignore", invalid="ignore"):
        return Comparison(
            mean_treated,
            mean_controls,
            (mean_treated - mean_controls) / pooled,
            variance_treated / variance_controls,
        )


def _moments(columns: np.ndarray, w: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted means and variances; variances are NaN if one unit has all the weight."""
    mean = w @ columns / w.sum()
    if np.count_nonzero(w) == 1:
        return mean, np.full(columns.shape[1], np.nan)
    return mean, w @ (columns - mean) ** 2 * w.sum() / (w.sum() ** 2 - w @ w)


# --------------------------------------------------------------------------------------
# Difference in differences on the matched sample
# --------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class MatchedFit:
    """A weighted two-way regression and the units it leaves out.

    Attributes
    ----------
    fit : the regression, treatment first, then controls.
    n_units : units with weight.
    dropped : codes of the units with weight 0, ascending.
    n_dropped_rows : their rows.
    """

    fit: LinearFit
    n_units: int
    dropped: tuple
    n_dropped_rows: int


def matched_did(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    treatment: ArrayLike,
    weights: Mapping[object, float],
    *,
    treatment_name: str = "treatment",
    controls: ArrayLike | None = None,
    control_names: Sequence[str] = (),
    cluster: ArrayLike | None = None,
    vcov: Vcov | None = None,
) -> MatchedFit:
    r"""Two-way fixed effects on the matched units.

    min Σ_it w_i (y_it − α_i − λ_t − β d_it − γ'x_it)² over the rows of units with w_i > 0.

    Parameters
    ----------
    y : (N,) outcome.
    unit, period : (N,) labels.
    treatment : (N,) d_it, such as 1 from the unit's first treated period on.
    weights : weight of every unit by its label in ``unit``; 0 drops its rows.
    treatment_name, controls, control_names : (N, p) controls or None, and names.
    cluster : (N,) labels; default: unit.
    vcov : "crv1" (default) or "crv3". Errors take the weights as given.

    Raises
    ------
    NotIdentified
        If no unit has weight, or the treatment does not vary within unit and period effects of
        the matched sample.
    UserError
        If a unit has no weight in the mapping, a weight is negative or not finite, a unit with
        weight has no row, or as ``pilotzone.methods.inference.fwl.fit``.

    Notes
    -----
    Heckman, Ichimura and Todd (1997, Review of Economic Studies 64(4)).
    """
    groups = encode(unit, "unit")
    labels = np.asarray(unit)[np.unique(groups.codes, return_index=True)[1]].tolist()
    of_unit = _lookup(weights, labels)
    kept = of_unit[groups.codes] > 0
    if not kept.any():
        raise NotIdentified("no_matched_unit")
    n = len(kept)
    columns = [as_columns(treatment, n, "treatment")]
    if controls is not None:
        columns.append(as_columns(controls, n, "controls"))
    x = np.hstack(columns)[kept]
    factors = (groups.codes[kept], as_columns(period, n, "period")[kept, 0])
    effects = FixedEffects(factors, (), of_unit[groups.codes[kept]], names=("unit", "period"))
    if no_variation(x[:, :1], effects.residualise(x[:, :1])).any():
        units = np.count_nonzero(of_unit)
        raise NotIdentified("flat_in_matched", variable=treatment_name, units=units)
    clusters = factors[0] if cluster is None else as_columns(cluster, n, "cluster")[kept, 0]
    outcome = as_columns(y, n, "outcome")[kept]
    names = [treatment_name, *control_names]
    return MatchedFit(
        fit=fit(outcome, x, names, effects, clusters, vcov=vcov),
        n_units=int(np.count_nonzero(of_unit)),
        dropped=tuple(sorted(a for a, w in zip(labels, of_unit, strict=True) if w == 0)),
        n_dropped_rows=int(n - kept.sum()),
    )


def _lookup(weights: Mapping[object, float], labels: Sequence[object]) -> np.ndarray:
    """Weights of the panel's units, none without a weight and no weight without a unit."""
    without = [label for label in labels if label not in weights]
    if without:
        raise UserError(
            f"units without a matching weight: {len(without)}, the first is {without[0]}; give "
            "one for every unit, 0 to drop it"
        )
    _weights(_column(list(weights.values()), "weights", len(weights)))
    known = set(labels)
    missing = [label for label, weight in weights.items() if weight > 0 and label not in known]
    if missing:
        raise UserError(
            f"units with a matching weight but no row: {len(missing)}, the first is {missing[0]}; "
            "match on the units of the sample"
        )
    return np.array([weights[label] for label in labels], dtype=float)


# --------------------------------------------------------------------------------------
# Checks of what comes in
# --------------------------------------------------------------------------------------


def _treated(d: ArrayLike) -> np.ndarray:
    """Treatment of units as (n,) bool, with treated units and controls among them."""
    values = np.asarray(d)
    if values.ndim != 1 or not np.isin(values, (0, 1)).all():
        raise UserError("treatment of units must be one column of true and false, or 1 and 0")
    mask = values == 1
    if mask.all() or not mask.any():
        sizes = {"treated": mask.sum(), "controls": (~mask).sum()}
        raise NotIdentified("matching_needs_units", **sizes)
    return mask


def _numbers(values: ArrayLike, names: Sequence[str]) -> np.ndarray:
    """The values as finite floats; ``names`` are those of the columns."""
    try:
        numbers = np.asarray(values, dtype=float)
    except (TypeError, ValueError):
        raise UserError(f"{_quoted(names)}: not all are numbers; give numbers") from None
    bad = np.count_nonzero(~np.isfinite(numbers), axis=0).reshape(-1)
    if bad.any():
        first = int(np.argmax(bad > 0))
        raise UserError(
            f"'{names[first]}' has {bad[first]} missing or infinite values; "
            "fill them or drop the units first"
        )
    return numbers


def _column(values: ArrayLike, name: str, n: int) -> np.ndarray:
    """One finite number per unit."""
    numbers = _numbers(values, [name])
    if numbers.shape != (n,):
        raise UserError(f"'{name}' needs one value for each of {n} units, not {numbers.shape}")
    return numbers


def _covariates(
    x: ArrayLike, names: Sequence[str] | None, n: int
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Covariates as finite (n, k) columns, and their names."""
    columns = np.asarray(x)
    columns = columns[:, None] if columns.ndim == 1 else columns
    if columns.ndim != 2 or len(columns) != n or not columns.shape[1]:
        raise UserError(f"covariates need {n} rows, one per unit; the shape is {columns.shape}")
    k = columns.shape[1]
    listed = [f"covariate {j + 1}" for j in range(k)] if names is None else names
    if len(listed) != k:
        raise UserError(f"{k} covariates for {len(listed)} names: {_quoted(listed)}")
    return _numbers(columns, listed), tuple(listed)


def _standardised(columns: np.ndarray, names: Sequence[str]) -> np.ndarray:
    """Columns with mean 0 and variance 1, none constant, none explained by the others."""
    _refuse_constant(columns, names)
    centred = columns - columns.mean(axis=0)
    scaled = centred / centred.std(axis=0)
    _refuse_collinear(scaled, names)
    return scaled


def _refuse_constant(columns: np.ndarray, names: Sequence[str]) -> None:
    """Name the columns that do not vary."""
    flat = no_variation(columns, columns - columns.mean(axis=0))
    if flat.any():
        listed = _quoted([name for name, is_flat in zip(names, flat, strict=True) if is_flat])
        raise UserError(f"{listed}: the same value in all {len(columns)} units; leave it out")


def _refuse_collinear(scaled: np.ndarray, names: Sequence[str]) -> None:
    """Name the columns of a linear dependence, found by pivoted QR."""
    r, pivot = linalg.qr(scaled, mode="r", pivoting=True)
    size = np.abs(np.diag(r))
    rank = int(np.count_nonzero(size > TOLERANCE * size[0]))
    if rank < scaled.shape[1]:
        share = linalg.solve_triangular(r[:rank, :rank], r[:rank, rank])
        members = {pivot[rank], *pivot[:rank][np.abs(share) > np.sqrt(TOLERANCE)]}
        listed = _quoted([names[j] for j in sorted(members)])
        raise UserError(f"{listed} are collinear among the {len(scaled)} units; leave one out")


def _codes(codes: ArrayLike, n: int) -> tuple[list, np.ndarray]:
    """Codes as plain values, and the (n,) rank of each."""
    values = np.asarray(codes)
    groups = encode(values, "codes")
    if len(values) != n:
        raise UserError(f"'codes' needs one code for each of {n} units, not {len(values)}")
    if groups.count < n:
        repeated = values[np.bincount(groups.codes)[groups.codes] > 1][0]
        raise UserError(f"code {repeated} stands for more than one unit; give one row per unit")
    return values.tolist(), np.argsort(np.argsort(values))


def _listing(rows: np.ndarray, labels: Sequence[object], rank: np.ndarray) -> tuple:
    """Codes of the rows in ascending order."""
    return tuple(labels[i] for i in rows[np.argsort(rank[rows])])


def _weights(weights: np.ndarray) -> np.ndarray:
    """The weights, refused where negative."""
    if np.any(weights < 0):
        raise UserError("'weights' has negative values; give 0 to units that are left out")
    return weights


def _width(value: float, name: str) -> float:
    """A positive finite width."""
    if not 0 < value < np.inf:
        raise UserError(f"the {name} must be a positive number, not {value:g}")
    return float(value)


def _quoted(names: Sequence[str]) -> str:
    """Quoted names, the last after 'and'."""
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"
