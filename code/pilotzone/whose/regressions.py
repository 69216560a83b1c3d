r"""All regressions on the same rows and effects, from one projection and one QR.

All columns are freed of the effects once, scaled to length one, and factorised, [X̃ D̃ Ỹ] = Q R. Any
regression among them is that of the columns of R, as small as there are columns: for every set of
controls S, :math:`R_d` and :math:`R_y` freed of :math:`R_S` give the coefficients of all treatments
and outcomes at once (Frisch and Waugh 1933, Lovell 1963). Cluster sums of the products of all
columns, made once, give the scores of any regression,

.. math:: s_g = (\tilde X'\tilde y)_g - (\tilde X'\tilde X)_g \hat\beta.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from pilotzone.methods.inference.cluster import TOLERANCE, Groups, indicator
from pilotzone.methods.inference.columns import column_lengths, no_variation
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.whose import r_squared
from pilotzone.whose.rules import Counts

# A residual this small, of an outcome of length one, is a perfect fit: no error follows.
PERFECT = 1e-8
# Numbers held at a time by a batch of sets of controls.
BATCH_NUMBERS = 2_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Fit:
    """One regression and all its errors, without small-sample factors.

    Attributes
    ----------
    beta : (k,) of the treatment, then of the controls.
    variances : (E, k), by kind of error; times a factor of ``Counts`` the squared errors.
    r2 : (len(r_squared.KINDS),), NaN where a kind is not defined.
    """

    beta: np.ndarray
    variances: np.ndarray
    r2: np.ndarray


@dataclasses.dataclass(eq=False)
class Projection:
    """Columns on the same rows, freed of the same effects.

    Parameters
    ----------
    effects : FixedEffects
    factor_names : of the factors of the effects.
    columns : values (N,) by name.
    kinds : of errors: ``none``, ``robust``, and names of ``groups``.
    groups : clusters by name.
    units : the units of the rows, for the R² between them.
    """

    effects: FixedEffects
    factor_names: Sequence[str]
    columns: Mapping[object, np.ndarray]
    kinds: Sequence[str]
    groups: Mapping[str, Groups]
    units: Groups

    def __post_init__(self) -> None:
        self.place = {name: at for at, name in enumerate(self.columns)}
        raw = np.column_stack(list(self.columns.values()))
        within = self.effects.residualise(raw)
        self.raw = raw
        self.tilde = within * self.effects.root_weights[:, None]
        self.lengths = column_lengths(self.tilde)
        flat = no_variation(raw, within) | (self.lengths == 0)
        self.lengths[flat] = np.nan
        with np.errstate(invalid="ignore"):
            self.tilde = np.where(flat, 0.0, self.tilde / self.lengths)
        self.r = np.linalg.qr(self.tilde, mode="r")

    @cached_property
    def counts(self) -> Counts:
        """What small-sample rules count."""
        return Counts.of(self.effects, self.factor_names, self.kinds, self.groups)

    @cached_property
    def totals(self) -> r_squared.Totals:
        """Sums of squares behind every R²."""
        others = len(self.factor_names) > 1 or bool(self.effects.slopes)
        within_unit = "unit" in self.factor_names and others
        squares = self.lengths**2
        return r_squared.Totals.of(self.raw, squares, self.effects, self.units, within_unit)

    @cached_property
    def products(self) -> dict[str, np.ndarray]:
        """Products of all columns summed by cluster, (G, m, m) by name."""
        made = {}
        for name, one in self.groups.items():
            summing = indicator(one)
            made[name] = np.stack(
                [summing @ (self.tilde * column[:, None]) for column in self.tilde.T], axis=1
            )
        return made

    def slopes(
        self,
        subsets: Sequence[Sequence[object]],
        treatments: Sequence[object],
        outcomes: Sequence[object],
    ) -> np.ndarray:
        """Return the coefficients of treatments (subset, treatment, outcome).

        NaN where the regression is not identified: a column that the effects explain, collinear
        controls, a treatment among or explained by the controls, a perfect fit.
        """
        d, y = (np.array([self.place[x] for x in names]) for names in (treatments, outcomes))
        found = np.full((len(subsets), len(d), len(y)), np.nan)
        by_size: dict[int, list[int]] = {}
        for at, subset in enumerate(subsets):
            by_size.setdefault(len(subset), []).append(at)
        m = self.r.shape[0]
        for size, places in by_size.items():
            width = max(1, BATCH_NUMBERS // (m * (size + len(d) + len(y))))
            for first in range(0, len(places), width):
                some = places[first : first + width]
                chosen = [[self.place[x] for x in subsets[at]] for at in some]
                found[some] = self._slopes(
                    np.array(chosen, dtype=int).reshape(len(some), size), d, y
                )
        return found

    def _slopes(self, chosen: np.ndarray, d: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Coefficients for sets of one size, by places (b, s) of their columns."""
        r_d, r_y = self.r[:, d], self.r[:, y]
        d_left = np.broadcast_to(r_d, (len(chosen), *r_d.shape))
        y_left = np.broadcast_to(r_y, (len(chosen), *r_y.shape))
        sound = np.ones(len(chosen), dtype=bool)
        if chosen.shape[1]:
            held = self.r.T[chosen].transpose(0, 2, 1)
            q, r = np.linalg.qr(held)
            diagonal = np.abs(np.diagonal(r, axis1=1, axis2=2))
            sound = (diagonal > TOLERANCE).all(axis=1) & (chosen.shape[1] <= self.r.shape[0])
            d_left = d_left - q @ (q.transpose(0, 2, 1) @ r_d)
            y_left = y_left - q @ (q.transpose(0, 2, 1) @ r_y)
        squares = np.einsum("bmd,bmd->bd", d_left, d_left)[:, :, None]
        cross = np.einsum("bmd,bmy->bdy", d_left, y_left)
        with np.errstate(divide="ignore", invalid="ignore"):
            beta = cross / squares
            left = np.einsum("bmy,bmy->by", y_left, y_left)[:, None, :] - beta * cross
        good = sound[:, None, None] & (squares > TOLERANCE**2) & (left > PERFECT**2)
        scale = self.lengths[y][None, None, :] / self.lengths[d][None, :, None]
        return np.where(good, beta, np.nan) * scale

    def fit(self, regressors: Sequence[object], outcome: object) -> Fit:
        """Return a regression that :meth:`slopes` found to be identified."""
        x, y = np.array([self.place[name] for name in regressors]), self.place[outcome]
        q, r = np.linalg.qr(self.r[:, x])
        inverse = np.linalg.inv(r)
        beta = inverse @ (q.T @ self.r[:, y])
        residual = self.r[:, y] - self.r[:, x] @ beta
        scale = self.lengths[y] / self.lengths[x]
        return Fit(
            beta * scale,
            self._variances(x, y, beta, inverse @ inverse.T, residual @ residual) * scale**2,
            self.totals.shares(
                x, y, beta * scale, residual @ residual * self.lengths[y] ** 2, self.counts.rank
            ),
        )

    def _variances(
        self, x: np.ndarray, y: int, beta: np.ndarray, bread: np.ndarray, rss: float
    ) -> np.ndarray:
        """Diagonals of the covariances (E, k) without factors, of scaled columns."""
        made = []
        for kind in self.kinds:
            if kind == "none":
                made.append(np.diag(bread) * rss)
                continue
            if kind == "robust":
                x_tilde = self.tilde[:, x]
                scores = x_tilde * (self.tilde[:, y] - x_tilde @ beta)[:, None]
            else:
                by_group = self.products[kind]
                scores = by_group[:, x, y] - by_group[:, x[:, None], x] @ beta
            made.append(((scores @ bread) ** 2).sum(axis=0))
        return np.array(made)
