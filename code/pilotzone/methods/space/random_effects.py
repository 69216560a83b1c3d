r"""Random unit effects in a spatial lag panel, and the Hausman test of fixed against random ones.

The model, for period t with n units, Z = X (SAR) or (X, W X) (SDM) and d_t a constant or an effect
per period:

    y_t = rho W y_t + Z_t b + d_t + mu + e_t,    mu ~ N(0, s2_mu I),  e_t ~ N(0, s2 I)

With phi^2 = s2 / (s2 + T s2_mu), between 0 and 1, subtracting the share 1 - phi of a unit's mean
makes the disturbances independent:

    v*_it = v_it - (1 - phi) v_i.  =  (v_it - v_i.) + phi v_i.

and with S(rho, phi) the smallest sum of squares of (y - rho W y - Z b)*, freed of d_t,

    L(rho, phi) = -N/2 (ln 2 pi + 1 + ln S/N) + T ln|I - rho W| + n/2 ln phi^2,    N = nT.

phi = 1 is the pooled model without unit effects; as phi goes to 0 the estimates become those with
fixed effects. Within and between parts are orthogonal, so that all of this follows from two
triangles.

Sources: Elhorst (2003; 2014, sections 3.3.2 and 3.4), Mutl and Pfaffermayr (2011).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.algebra import DenseAlgebra, Jet
from pilotzone.methods.space.design import (
    Design,
    Sample,
    build_design,
    build_sample,
    check_options,
    described,
)
from pilotzone.methods.space.information import scaled_inverse
from pilotzone.methods.space.panel import StackedPanel, remove_effects
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.profile import search_grid
from pilotzone.methods.space.results import ChiSquareTest, SpatialResult, require_alike
from pilotzone.methods.space.surface import Repeated, Surface, find_peaks, require_interior
from pilotzone.methods.space.weights import SpatialWeights

# What stays in the model besides random unit effects.
_REMAINING = {"unit": "none", "two_way": "period"}
# The search over w = ln phi^2 begins where the unit effects dwarf the noise. It ends above 0, where
# phi^2 is no variance ratio any more but the likelihood still exists, so that a maximum close to 0
# is found and one beyond it is seen.
_SHARES = (float(np.log(1e-12)), 1.0)
_NODES = 65


@dataclass(frozen=True, eq=False, kw_only=True)
class RandomEffectsFit(SpatialResult):
    """Result of a spatial lag model with random unit effects.

    ``effects`` 'unit' are random units and a constant, 'two_way' random units and fixed periods;
    the information is that of (coefficients, ln phi^2, ln s2), at phi = 1 without ln phi^2;
    ``sigma2`` is s2 and ``residuals`` are e*_t of the transformed data.

    Attributes
    ----------
    phi : share of a unit's mean that stays in the data; 1 if no unit effects are found.
    sigma2_unit : s2_mu.
    """

    lee_yu: bool
    phi: float
    sigma2_unit: float


def fit_random(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sar",
    effects: str = "two_way",
    lee_yu: bool = False,
) -> RandomEffectsFit:
    """Fit a spatial lag model with random unit effects by exact maximum likelihood.

    The likelihood is that of the module's head. Standard errors come from the expected
    information, with G = W (I - rho W)^-1, Z* and (GZb)* freed of d_t, and the variances as
    w = ln phi^2 and t = ln s2:

        I = | Z*'Z*/s2    Z*'(GZb)*/s2                        0        0      |
            | .           T tr(G'G + GG) + |(GZb)*|^2/s2     -tr(G)    T tr(G) |
            | .           .                                   n/2     -n/2    |
            | .           .                                   .        nT/2   |

    With period effects and ``lee_yu`` the data are transformed to n - 1 units (Lee and Yu 2010),
    which changes n, N and the eigenvalues, and tr(G) to tr(JG), J = I - 11'/n. Period effects that
    are dummies bias rho by the order 1/n; without them ``lee_yu`` changes nothing.

    Parameters
    ----------
    panel, weights : see ``fit_stacked``.
    model : {'sar', 'sdm'}
    effects : {'two_way', 'unit'}, random units with fixed periods, or with a constant.
    lee_yu : transform fixed period effects out.

    Raises
    ------
    UserError : if an option is unknown, there is one period only, or as in ``fit_stacked``.
    NotIdentified : if rho or phi has no maximum inside its interval; phi = 1 is allowed.
    """
    if model not in ("sar", "sdm") or effects not in _REMAINING:
        raise UserError(
            f"random effects need model sar or sdm and effects unit or two_way, not '{model}' "
            f"and '{effects}'"
        )
    if len(panel.periods) < 2:
        raise UserError("random effects need 2 periods or more")
    remaining = _REMAINING[effects]
    # Without fixed period effects there is nothing to transform.
    options = {"effects": remaining, "lee_yu": lee_yu and remaining == "period"}
    structure = check_options(panel, weights, model, **options)
    sample = build_sample(weights, len(panel.periods), **options)
    design = build_design(panel, weights.matrix, structure, remaining, sample)
    surface = build_random_surface(design, sample)

    fit_pooled = functools.partial(fit_stacked, panel, weights, model=model, **options)
    point = _maximum(surface, weights.stable_interval, fit_pooled)
    fitted = {**described(panel, weights, design), "effects": effects}
    return RandomEffectsFit(
        model=model,
        lee_yu=lee_yu,
        loglik=surface.at(point),
        **fitted,
        **_estimate(design, sample, weights, point),
    )


def _maximum(
    surface: Surface, interval: tuple[float, float], fit_pooled: Callable[[], SpatialFit]
) -> np.ndarray:
    """Return (rho, w) of the highest likelihood with w at most 0."""
    peaks = find_peaks(surface, search_grid(interval), np.linspace(*_SHARES, _NODES))
    if peaks[:, 1].max() >= 0.0:
        # The likelihood rises up to w = 0, where it is that of the pooled model.
        end = np.array([fit_pooled().rho, 0.0])
        peaks = np.vstack([peaks[peaks[:, 1] < 0.0], np.append(end, surface.at(end))])
    top = peaks[np.argmax(peaks[:, 2])]
    if top[1] < 0.0:
        require_interior(surface, top, np.array([interval, _SHARES]), ("rho", "ln phi^2"))
    return top[:2]


@dataclass(frozen=True, eq=False)
class UnitShare:
    """n/2 ln phi^2 in w, n the units, less one if period effects are transformed out."""

    units: int

    def value(self, r: np.ndarray) -> np.ndarray:
        """Values (g,) at w (g,)."""
        return self.units / 2.0 * r

    def slopes(self, _r: float) -> tuple[float, float]:
        """First and second derivative."""
        return self.units / 2.0, 0.0


def build_random_surface(design: Design, sample: Sample) -> Surface:
    """Return L(rho, ln phi^2) of the head; the design is freed of all but the unit effects."""
    means = np.broadcast_to(design.columns.mean(axis=1, keepdims=True), design.columns.shape)
    within, between = (
        np.linalg.qr(part.reshape(len(part), -1).T, mode="r")
        for part in (design.columns - means, means)
    )
    k = design.k
    return Surface(
        lambda w: _mixed_form(within, between, k, w),
        Repeated(sample.determinant, sample.repeats),
        UnitShare(sample.nobs // sample.repeats),
        sample.nobs,
    )


def _mixed_form(within: np.ndarray, between: np.ndarray, k: int, w: np.ndarray) -> Jet:
    """Cross products Q (g, 2, 2) of y* and W y* without Z*, and two derivatives in w = ln f."""
    # With f = phi^2, B the coefficients of y* and W y* on Z* and P = (-B; I), Q = P'(A + fC)P for
    # the cross products A within and C between. dQ/df = P'CP as B is the minimum, and
    # d2Q/df2 = -2 H'(Z*'Z*)^-1 H with H the rows of CP that belong to Z.
    f = np.exp(w)[:, None, None]
    shares = np.concatenate(
        [np.broadcast_to(within, (len(w), *within.shape)), np.sqrt(f) * between], axis=1
    )
    upper = np.linalg.qr(shares, mode="r")
    own, mixed, rest = upper[:, :k, :k], upper[:, :k, k:], upper[:, k:, k:]
    b = np.linalg.solve(own, mixed)
    left = between[:, k:] - between[:, :k] @ b
    bent = np.linalg.solve(own.swapaxes(-1, -2), between[:, :k].T @ left)
    first = f * (left.swapaxes(-1, -2) @ left)
    second = -2.0 * f**2 * (bent.swapaxes(-1, -2) @ bent)
    return rest.swapaxes(-1, -2) @ rest, first, first + second


def _estimate(
    design: Design, sample: Sample, weights: SpatialWeights, point: np.ndarray
) -> dict[str, np.ndarray | float]:
    """Compute everything that follows from (rho, w), as fields of RandomEffectsFit."""
    rho, w = point.tolist()
    k, phi = design.k, float(np.exp(w / 2.0))
    shrunk = _quasi_demean(design.columns, phi)
    flat = shrunk.reshape(len(shrunk), -1)
    filtered = flat[k] - rho * flat[k + 1]
    q, upper = np.linalg.qr(flat[:k].T)
    score = q.T @ filtered
    slopes = np.linalg.solve(upper, score)
    residuals = filtered - q @ score
    sigma2 = float(residuals @ residuals) / sample.nobs
    whole = _information(design, sample, weights, rho, phi, slopes, sigma2)
    # On the boundary phi = 1 the share is not estimated.
    kept = [i for i in range(k + 3) if i != k + 1 or phi < 1.0]
    return {
        "coefficients": np.append(slopes, rho),
        "covariance": scaled_inverse(whole[np.ix_(kept, kept)])[: k + 1, : k + 1],
        "phi": phi,
        "sigma2": sigma2,
        "sigma2_unit": sigma2 * (1.0 / phi**2 - 1.0) / sample.repeats,
        "residuals": residuals.reshape(design.y.shape),
    }


def _information(
    design: Design,
    sample: Sample,
    weights: SpatialWeights,
    rho: float,
    phi: float,
    slopes: np.ndarray,
    sigma2: float,
) -> np.ndarray:
    """Return the expected information (k + 3, k + 3) of (b, rho, w, t), see fit_random."""
    k, repeats = design.k, sample.repeats
    multiplier = DenseAlgebra(weights).multiplier(rho)
    regressors = design.columns[:k]
    mean = multiplier.apply(np.tensordot(slopes, regressors, axes=1))
    mean = remove_effects(mean, design.effects)
    stack = _quasi_demean(np.concatenate([regressors, mean[None]]), phi).reshape(k + 1, -1)
    trace, trace_squares = multiplier.traces(sample.centred)
    whole = np.zeros((k + 3, k + 3))
    whole[: k + 1, : k + 1] = stack @ stack.T / sigma2
    whole[k, k] += repeats * trace_squares
    whole[k, k + 1] = whole[k + 1, k] = -trace
    whole[k, k + 2] = whole[k + 2, k] = repeats * trace
    units = sample.nobs / repeats
    whole[k + 1 :, k + 1 :] = units / 2.0 * np.array([[1.0, -1.0], [-1.0, repeats]])
    return whole


def _quasi_demean(values: np.ndarray, phi: float) -> np.ndarray:
    """Subtract the share 1 - phi of the mean over time from arrays (..., T, n)."""
    return values - (1.0 - phi) * values.mean(axis=-2, keepdims=True)


# A variance of the difference below this share of that with fixed effects is rounding.
_NOT_POSITIVE = 1e-9


def hausman_test(fixed: SpatialFit, random: RandomEffectsFit) -> ChiSquareTest:
    """Compare fixed and random effects on the coefficients that both fits have, rho included.

        h = d' (V_fixed - V_random)^-1 d,    d = fixed - random,    chi2 with len(d) degrees of
        freedom

    ``fixed`` is consistent whether or not the unit effects are correlated with the regressors,
    ``random`` efficient if they are not. Elhorst (2014, section 3.4), Mutl and Pfaffermayr (2011).

    Raises
    ------
    UserError : if the fits are not of the same model, effects, transformation, weights and panel.
    NotIdentified : if V_fixed - V_random is not positive definite, which happens in finite samples
        and leaves the statistic without a distribution. The smallest eigenvalue is that of the
        difference over the variances with fixed effects, as 1 - V_random/V_fixed for one
        coefficient.
    """
    alike = ("model", "effects", "lee_yu", "weights", "nobs", "units")
    require_alike("Hausman test", fixed, random, alike)
    common = [name for name in fixed.names if name in random.names]
    at_fixed, at_random = ([fit.names.index(name) for name in common] for fit in (fixed, random))
    scale = fixed.std_errors[at_fixed]
    gap = (fixed.coefficients[at_fixed] - random.coefficients[at_random]) / scale
    difference = fixed.covariance[np.ix_(at_fixed, at_fixed)]
    difference = difference - random.covariance[np.ix_(at_random, at_random)]
    difference /= np.multiply.outer(scale, scale)
    smallest = np.linalg.eigvalsh(difference)[0]
    if smallest <= _NOT_POSITIVE:
        raise NotIdentified("hausman_not_positive", eigenvalue=smallest)
    return ChiSquareTest("hausman", float(gap @ np.linalg.solve(difference, gap)), len(gap))


def hausman(
    panel: StackedPanel,
    weights: SpatialWeights,
    *,
    model: str = "sdm",
    effects: str = "two_way",
    lee_yu: bool = True,
) -> ChiSquareTest:
    """Fit both models and compare them with ``hausman_test``.

    The transformed likelihood is the default here: e'e/(nT) with fixed effects is too small by
    (T - 1)/T, so that V_fixed is, and dummies for periods bias rho; both would be taken for a
    difference between fixed and random effects.

    Parameters and errors are those of ``random_effects.fit_random`` and ``hausman_test``.
    """
    random = fit_random(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    fixed = fit_stacked(panel, weights, model=model, effects=effects, lee_yu=lee_yu)
    return hausman_test(fixed, random)
