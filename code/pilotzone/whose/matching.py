"""Which conventions give every printed digit of a column: N first, then estimates, then errors."""

import dataclasses
import itertools
from collections.abc import Iterator

import numpy as np
from scipy import special

from pilotzone.whose import r_squared
from pilotzone.whose.blocks import CHOICES, Block, Regression
from pilotzone.whose.candidates import Job
from pilotzone.whose.regressions import Fit
from pilotzone.whose.rules import RULES
from pilotzone.whose.table import NOTHING, READINGS, Column, Printed

DISTRIBUTIONS = ("t", "normal")
NO_R2 = "none"
LEVEL = 0.95


@dataclasses.dataclass(frozen=True, eq=False)
class Convention:
    """A convention and the numbers that it gives.

    Attributes
    ----------
    choices : of the regression, in the order of ``blocks.CHOICES``.
    nobs : N.
    clusters : G, 0 without clusters.
    cluster, small_sample, distribution, parentheses, r2 : the other choices, by name.
    estimates, std_errors, p_values : of the printed rows, that of the treatment first.
    df : degrees of freedom of t.
    share : R² of the kind ``r2``; NaN without one.
    """

    choices: tuple[str, ...]
    nobs: int
    clusters: int
    cluster: str
    small_sample: str
    distribution: str
    parentheses: str
    r2: str
    estimates: tuple[float, ...]
    std_errors: tuple[float, ...]
    p_values: tuple[float, ...]
    df: float
    share: float

    @property
    def shared(self) -> tuple[tuple[str, ...], ...]:
        """What columns of one table may have in common: sample, rule, distribution, reading, R².

        What a column does not print goes with anything that another one prints.
        """
        sample = self.choices[CHOICES.index("sample")]
        fixed = (sample, self.small_sample, self.distribution)
        readings = READINGS if self.parentheses == NOTHING else (self.parentheses,)
        kinds = r_squared.KINDS if self.r2 == NO_R2 else (self.r2,)
        return tuple((*fixed, *pair) for pair in itertools.product(readings, kinds))


@dataclasses.dataclass(frozen=True, eq=False)
class Judged:
    """All conventions of one regression against a column.

    Axes are kind of error, rule, distribution and reading of the brackets; R² stands apart.

    Attributes
    ----------
    wrong : (E, R, 2, H) number of printed cells that differ, N and the estimates included.
    possible : (E, R, 2, H) bool, false where a rule does not apply.
    r2_wrong, r2_possible : (kinds,) bool.
    """

    wrong: np.ndarray
    possible: np.ndarray
    r2_wrong: np.ndarray
    r2_possible: np.ndarray
    estimates: np.ndarray
    errors: np.ndarray
    t: np.ndarray
    df: np.ndarray
    shares: np.ndarray


def holds(printed: Printed, values: np.ndarray) -> np.ndarray:
    """Say which values round to a printed number."""
    return (values >= printed.low) & (values <= printed.high)


def holds_t(printed: Printed, t: np.ndarray) -> np.ndarray:
    """Say which t a printed one stands for; without a minus it may be the size alone."""
    return holds(printed, t) if printed.signed else holds(printed, t) | holds(printed, np.abs(t))


def r2_kinds(column: Column) -> tuple[str, ...]:
    """Return the kinds of R² that are tried: one, unnamed, where none is printed."""
    return r_squared.KINDS if column.r2 else (NO_R2,)


def per_regression(column: Column, kinds: int) -> int:
    """Return the number of conventions of one regression with so many kinds of errors."""
    choices = kinds * len(RULES) * len(DISTRIBUTIONS) * len(column.brackets)
    return choices * len(r2_kinds(column))


def survivors(block: Block, job: Job, column: Column, slopes: np.ndarray) -> Iterator[Regression]:
    """Give the regressions of a job whose N and treatment's estimate are as printed."""
    good = ~np.isnan(slopes)
    estimate = column.rows[0].cells.get("estimate")
    if estimate is not None:
        good &= holds(estimate, slopes)
    if column.n not in (None, block.nobs):
        return
    wanted = set(column.terms[1:])
    for at, of in np.argwhere(good):
        pair, controls = job.pairs[at], job.subsets[of]
        if wanted <= set(controls):
            yield Regression(block, pair, controls)


def judge(regression: Regression, column: Column) -> Judged:
    """Compare a regression under all conventions with a column."""
    projection = regression.block.projection
    fit = projection.fit(regression.regressors, regression.pair[0])
    places = [0, *(regression.regressors.index(term) for term in column.terms[1:])]
    factor, df = projection.counts.factors(len(regression.regressors))
    estimates = fit.beta[places]
    with np.errstate(invalid="ignore", divide="ignore"):
        errors = np.sqrt(fit.variances[:, places].T[:, :, None] * factor)
        t = estimates[:, None, None] / errors
    shape = (*factor.shape, len(DISTRIBUTIONS), len(column.brackets))
    wrong = np.zeros(shape, dtype=int)
    wrong += column.n not in (None, regression.block.nobs)
    if column.clusters:
        wrong += (projection.counts.clusters != column.clusters)[:, None, None, None]
    for at, row in enumerate(column.rows):
        if "estimate" in row.cells:
            wrong += not holds(row.cells["estimate"], estimates[at])
        wrong += _brackets(row.cells, column.brackets, errors[at], t[at])[:, :, None, :]
        wrong += _by_distribution(row.cells, row.df, estimates[at], errors[at], df)[:, :, :, None]
    possible = np.broadcast_to(~np.isnan(factor)[:, :, None, None], shape)
    r2_wrong, r2_possible = _r2(column, fit)
    found = (estimates, errors, t, df, fit.r2)
    return Judged(wrong, possible, r2_wrong, r2_possible, *found)


def _brackets(
    cells: dict[str, Printed], readings: tuple[str, ...], error: np.ndarray, t: np.ndarray
) -> np.ndarray:
    """Count wrong cells beside the estimate, (E, R, H).

    ``std_error`` and ``t`` say what stands in the cell labelled std_error, or, where there is
    none, in that labelled t. With both, either is labelled rightly or they are exchanged.
    """
    wrong = np.zeros((*error.shape, len(readings)), dtype=int)
    both = {"std_error", "t"} <= set(cells)
    for h, reading in enumerate(readings):
        for name in ("std_error", "t"):
            if name not in cells:
                continue
            exchanged = {"std_error": "t", "t": "std_error"}[name]
            held = (name if reading == "std_error" else exchanged) if both else reading
            right = holds(cells[name], error) if held == "std_error" else holds_t(cells[name], t)
            wrong[:, :, h] += ~right
    return wrong


def _by_distribution(
    cells: dict[str, Printed], df_printed: float | None, b: float, error: np.ndarray, df: np.ndarray
) -> np.ndarray:
    """Count wrong cells of p, interval and degrees of freedom, (E, R, 2)."""
    wrong = np.zeros((*error.shape, len(DISTRIBUTIONS)), dtype=int)
    for at, name in enumerate(DISTRIBUTIONS):
        if df_printed is not None:
            right = df == df_printed if name == "t" else np.isinf(df_printed)
            wrong[:, :, at] += ~np.broadcast_to(right, df.shape)
        if "p" in cells:
            wrong[:, :, at] += ~holds(cells["p"], p_value(b / error, df, name))
        for end, sign in (("ci_low", -1), ("ci_high", 1)):
            if end in cells:
                q = quantile(df, name)
                wrong[:, :, at] += ~holds(cells[end], b + sign * q * error)
    return wrong


def p_value(t: np.ndarray, df: np.ndarray, distribution: str) -> np.ndarray:
    """Return the two-sided p of t from the t distribution or the normal."""
    size = -np.abs(t)
    return 2 * (special.ndtr(size) if distribution == "normal" else special.stdtr(df, size))


def quantile(df: np.ndarray, distribution: str) -> np.ndarray | float:
    """Return the |t| at the ends of a 95 % interval."""
    level = (1 + LEVEL) / 2
    return special.ndtri(level) if distribution == "normal" else special.stdtrit(df, level)


def _r2(column: Column, fit: Fit) -> tuple[np.ndarray, np.ndarray]:
    if column.r2 is None:
        return np.zeros(1, dtype=bool), np.ones(1, dtype=bool)
    return ~holds(column.r2, fit.r2), ~np.isnan(fit.r2)


def fitting(regression: Regression, column: Column) -> list[Convention]:
    """Return the conventions of a regression under which every printed digit is right."""
    judged = judge(regression, column)
    places = np.argwhere((judged.wrong == 0) & judged.possible)
    kinds = np.flatnonzero(~judged.r2_wrong & judged.r2_possible)
    return [convention(regression, column, judged, place, k) for place in places for k in kinds]


def convention(
    regression: Regression, column: Column, judged: Judged, place: np.ndarray, kind: int
) -> Convention:
    """Return one of the conventions of a regression."""
    e, r, d, h = (int(at) for at in place)
    name = DISTRIBUTIONS[d]
    p = p_value(judged.t[:, e, r], judged.df[e, r], name)
    return Convention(
        choices=regression.choices,
        nobs=regression.block.nobs,
        clusters=int(regression.block.projection.counts.clusters[e]),
        cluster=regression.block.projection.kinds[e],
        small_sample=RULES[r],
        distribution=name,
        parentheses=column.brackets[h],
        r2=r2_kinds(column)[kind],
        estimates=tuple(judged.estimates.tolist()),
        std_errors=tuple(judged.errors[:, e, r].tolist()),
        p_values=tuple(p.tolist()),
        df=float(judged.df[e, r]),
        share=float(judged.shares[kind]) if column.r2 else np.nan,
    )
