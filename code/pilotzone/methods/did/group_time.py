r"""Effects by cohort and period, ATT(g, t), and their averages.

Every estimator of this folder that splits the effect by cohort g and period t ends in the same
object: an estimate for each cell and the contribution φ_ik of each unit to its error, so that
the covariance of the cells is Σ_i φ_i φ_i' and any average of cells carries its error along.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.averages import PREFIX, Averages, Kind, averages_of, weighed
from pilotzone.methods.did.cohorts import Unidentified, label, summary, whole
from pilotzone.methods.did.multiplier import Bands, multiplier_bootstrap
from pilotzone.methods.inference.cluster import Groups, at_least_two, encode, indicator
from pilotzone.methods.inference.columns import column_lengths


@dataclass(frozen=True, eq=False)
class GroupTime:
    r"""Effects of the identified cells, c of them, and what was left out.

    Of several outcomes under one roll-out, v of them, estimates are (v, c) and influence (v, U, c);
    errors are then those of ``terms.terms_of_each``.

    Attributes
    ----------
    estimator : who made them.
    units : (U,) labels of the rows of ``influence``.
    cohort, period : (c,).
    estimates : (c,) in units of the outcome.
    influence : (U, c) contribution of each unit to the error; Σ_i φ_i² is the variance.
    members : (U, c) bool, treated units whose outcome is in the cell.
    n_controls : (c,) untreated units the cell is compared with.
    n_missing : (c,) units that belong to the comparison and lack one of its two periods.
    unidentified : cells without an estimate, with the reason.
    shares : "estimated" if averages weighted by the size of cohorts carry the sampling error of
        these sizes, "fixed" if they are conditional on them.
    nobs, n_dropped : rows of the panel used in some cell, and the others.
    df : degrees of freedom of t, or None for the normal distribution.
    bands : multiplier bootstrap of the cells, if asked for.
    weights : (U,) of the units in averages by the size of cohorts; None where each counts alike.
    cluster : groups of units whose contributions are summed before they are squared; None where
        each unit stands alone. See ``clustered``.
    """

    estimator: str
    units: np.ndarray = field(repr=False)
    cohort: np.ndarray
    period: np.ndarray
    estimates: np.ndarray
    influence: np.ndarray = field(repr=False)
    members: np.ndarray = field(repr=False)
    n_controls: np.ndarray
    n_missing: np.ndarray
    unidentified: tuple[Unidentified, ...]
    shares: Literal["estimated", "fixed"]
    nobs: int
    n_dropped: int
    df: int | None = None
    bands: Bands | None = None
    weights: np.ndarray | None = field(default=None, repr=False)
    cluster: Groups | None = field(default=None, repr=False)

    @cached_property
    def n_treated(self) -> np.ndarray:
        """(c,) treated units in the cell."""
        return self.members.sum(axis=0)

    @cached_property
    def weighed(self) -> np.ndarray:
        """(U, c) what each unit counts in averages by the size of cohorts."""
        return weighed(self.members, self.weights)

    @cached_property
    def sizes(self) -> np.ndarray:
        """(c,) sum of what the units of the cell count."""
        return self.weighed.sum(axis=0)

    @cached_property
    def event(self) -> np.ndarray:
        """(c,) periods since treatment, t − g."""
        return self.period - self.cohort

    @cached_property
    def terms(self) -> tuple[str, ...]:
        """Names of the cells, ``att:cohort:period``."""
        pairs = zip(self.cohort, self.period, strict=True)
        return tuple(f"att:{label(g)}:{label(t)}" for g, t in pairs)

    @cached_property
    def error_identified(self) -> np.ndarray:
        """(c,) bool: a mean over one unit (one cluster) says nothing of the spread around it."""
        treated, controls = self.n_independent
        return (treated > 1) & (controls > 1)

    @cached_property
    def error_reasons(self) -> tuple[Reason | None, ...]:
        """Why a cell has no error, one per cell; None where it has one."""
        treated, controls = self.n_independent
        units = self.cluster is None
        one_treated = Reason("one_treated_unit" if units else "one_treated_cluster")
        one_control = Reason("one_control_unit" if units else "one_control_cluster")
        pairs = zip(treated > 1, controls > 1, strict=True)
        return tuple((None if c else one_control) if t else one_treated for t, c in pairs)

    @cached_property
    def n_independent(self) -> tuple[np.ndarray, np.ndarray]:
        """Treated and control units of each cell, or the clusters that hold them, (c,) each."""
        if self.cluster is None:
            return self.n_treated, self.n_controls
        summing = indicator(self.cluster)
        treated = np.asarray(summing @ self.members.astype(float)) > 0
        others = np.asarray(summing @ (~self.members & (self.influence != 0)).astype(float)) > 0
        return treated.sum(axis=0), np.minimum(others.sum(axis=0), self.n_controls)

    def summed(self, influence: np.ndarray) -> np.ndarray:
        """Contributions (U, k) summed by cluster, (G, k); as they are where units stand alone."""
        if self.cluster is None:
            return influence
        return np.asarray(indicator(self.cluster) @ influence)

    def clustered(self, labels: ArrayLike) -> "GroupTime":
        r"""The same effects with errors clustered above the unit, by ``labels`` (U,).

        The variance is Σ_g (Σ_{i∈g} φ_i)². Errors with a small-sample factor get that of the
        clusters: G/(G − 1) of units becomes that of clusters, t has their G − 1 degrees of
        freedom; unit effects are nested in either and count alike.

        Raises UserError if there are fewer than two clusters with a contribution.
        """
        groups = encode(labels, "cluster")
        used = np.unique(groups.codes[np.any(self.influence != 0, axis=1)])
        at_least_two(Groups(used, len(used)))
        if self.df is None:
            return replace(self, cluster=groups)
        of_clusters, of_units = len(used) / (len(used) - 1), (self.df + 1) / self.df
        influence = self.influence * np.sqrt(of_clusters / of_units)
        return replace(self, cluster=groups, influence=influence, df=len(used) - 1)

    @property
    def std_errors(self) -> np.ndarray:
        """(c,) √Σ_i φ_i²; NaN where the error is not identified."""
        return np.where(self.error_identified, self.std_errors_lower, np.nan)

    @property
    def std_errors_lower(self) -> np.ndarray:
        """(c,) √Σ_i φ_i² throughout. A single unit adds nothing to it: a lower bound, no error."""
        return column_lengths(self.summed(self.influence))

    @property
    def covariance(self) -> np.ndarray:
        """(c, c); NaN in rows and columns of cells whose error is not identified."""
        return _covariance(self.summed(self.influence), self.error_identified)

    def with_bands(
        self, draws: int | None = None, rng: np.random.Generator | None = None
    ) -> "GroupTime":
        """The same effects with the multiplier bootstrap, if draws are asked for."""
        if not np.any(self.event >= 0):
            raise self.nothing_left()
        if draws is None:
            return self
        influence = self.summed(self.influence)
        bands = multiplier_bootstrap(influence, self.error_identified, draws, rng)
        return replace(self, bands=bands)

    def aggregate(
        self,
        kind: Kind,
        without: Sequence[float] = (),
        *,
        draws: int | None = None,
        rng: np.random.Generator | None = None,
    ) -> "Aggregate":
        r"""Average the cells: the overall value first, then its parts.

        Callaway and Sant'Anna (2021, Journal of Econometrics 225(2)), section 3. With estimated
        shares the overall error of "group" includes that of the cohorts' sizes. R's did up to
        2.1.2 took these from the wrong cohorts (corrected by its pull request 223).

        Parameters
        ----------
        kind : "simple": all cells from treatment on, weighted by treated units. "dynamic": by
            periods since treatment, weighted by treated units; its overall value is the plain
            mean over e ≥ 0. "group": by cohort, plain mean over its periods; overall weighted
            by the size of the cohorts. "calendar": by period, weighted by treated units;
            overall the plain mean over periods.
        without : cohorts left out.
        draws, rng : draws and generator of the multiplier bootstrap, if wanted.

        Raises
        ------
        NotIdentified : if no cell from treatment on is left.
        UserError : if a cohort left out is not in the panel, or the kind is unknown.
        """
        made = self.averages(kind, without)
        lost = [u for u in self.unidentified if u.cohort not in without]
        influence, identified = self.summed(made.influence), made.error_identified
        return Aggregate(
            kind=kind,
            without=tuple(without),
            terms=made.names(kind),
            estimates=made.estimates,
            std_errors=np.where(identified, column_lengths(influence), np.nan),
            influence=influence,
            weights=made.weights,
            error_reasons=made.error_reasons(self.error_reasons),
            n_unidentified=np.array([_count_lost(lost, kind, key) for key in made.keys]),
            df=self.df,
            bands=_bands(influence, identified, draws, rng),
        )

    def averages(self, kind: Kind, without: Sequence[float] = ()) -> Averages:
        """The averages of a kind alone, contributions by unit; see ``aggregate``."""
        _check_request(self, kind, without)
        kept = ~np.isin(self.cohort, without) if len(without) else np.ones(len(self.cohort), bool)
        if not np.any(kept & (self.event >= 0)):
            raise self.nothing_left(without)
        return averages_of(self, kind, kept)

    def nothing_left(self, without: Sequence[float] = ()) -> NotIdentified:
        """Return why no effect is identified."""
        lost = [u for u in self.unidentified if u.cohort not in without and u.period >= u.cohort]
        facts = {"without": [whole(g) for g in without]} if without else {}
        if not lost:
            return NotIdentified("no_cell_without" if without else "no_cell", **facts)
        code = "no_effect_without" if without else "no_effect"
        return NotIdentified(code, **facts, why=summary(lost))


@dataclass(frozen=True, eq=False)
class Aggregate:
    """Averages of cells: ``overall:<kind>`` first, then events, cohorts or periods.

    Attributes
    ----------
    kind, without : what was averaged, and the cohorts left out.
    terms : names, such as ``overall:dynamic``, ``event:-4``, ``cohort:2016``, ``calendar:2019``.
    estimates, std_errors : (k,); an error is NaN if one of the averaged cells has none.
    influence : (U, k), as in ``GroupTime``; (G, k) sums by cluster where there are clusters.
    weights : (c, k) of the cells in each average; columns sum to one.
    error_reasons : why a term has no error, k of them; None where it has one.
    n_unidentified : (k,) cells that belong to the average but are not identified.
    df : degrees of freedom of t, or None for the normal distribution.
    bands : multiplier bootstrap of all terms but the overall one, if asked for.
    """

    kind: Kind
    without: tuple[float, ...]
    terms: tuple[str, ...]
    estimates: np.ndarray
    std_errors: np.ndarray
    influence: np.ndarray = field(repr=False)
    weights: np.ndarray = field(repr=False)
    error_reasons: tuple[Reason | None, ...]
    n_unidentified: np.ndarray
    df: int | None
    bands: Bands | None = None

    @property
    def n_cells(self) -> np.ndarray:
        """(k,) cells averaged."""
        return np.count_nonzero(self.weights, axis=0)

    @property
    def std_errors_lower(self) -> np.ndarray:
        """(k,) errors as if single units had no spread of their own: a lower bound, no error."""
        return column_lengths(self.influence)

    @property
    def covariance(self) -> np.ndarray:
        """(k, k); NaN in rows and columns of terms whose error is not identified."""
        return _covariance(self.influence, ~np.isnan(self.std_errors))


def _covariance(influence: np.ndarray, identified: np.ndarray) -> np.ndarray:
    """Σ_i φ_i φ_i', NaN in rows and columns of what has no error."""
    covariance = influence.T @ influence
    covariance[~identified] = np.nan
    covariance[:, ~identified] = np.nan
    return covariance


def _check_request(effects: GroupTime, kind: str, without: Sequence[float]) -> None:
    """Refuse an unknown kind and a cohort that is not there."""
    if kind not in PREFIX:
        raise UserError(f"'{kind}' is no average of cells; use {', '.join(PREFIX)}")
    if not len(without):
        return
    known = {*effects.cohort.tolist(), *(u.cohort for u in effects.unidentified)}
    unknown = [label(g) for g in without if g not in known]
    if unknown:
        raise UserError(
            f"cohort {', '.join(unknown)} to be left out has no cell; "
            f"there are {', '.join(label(g) for g in sorted(known))}"
        )


def _count_lost(lost: Sequence[Unidentified], kind: Kind, key: float) -> int:
    """Unidentified cells that belong to the average; the overall one holds all from treatment."""
    if np.isnan(key):
        return sum(u.period >= u.cohort for u in lost)
    if kind == "dynamic":
        return sum(u.period - u.cohort == key for u in lost)
    post = [u for u in lost if u.period >= u.cohort]
    return sum((u.cohort if kind == "group" else u.period) == key for u in post)


def _bands(
    influence: np.ndarray,
    identified: np.ndarray,
    draws: int | None,
    rng: np.random.Generator | None,
) -> Bands | None:
    """Bands of all terms but the overall one; of the overall one if it stands alone."""
    if draws is None:
        return None
    first = 1 if influence.shape[1] > 1 else 0
    return multiplier_bootstrap(influence[:, first:], identified[first:], draws, rng)
