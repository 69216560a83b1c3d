"""The effect that a column would find in 80 % of draws: minimal detectable effects.

Outcomes are drawn on a column's real rows and roll-out without any effect (``drawn_outcomes``), and
for each the 5 % test of the column is inverted: with a constant effect τ on every treated row, or τ
per unit of W D in a spatial model, a draw is found, with a positive sign, from minus the lower end
of its 95 % interval on. The effect that is found in 80 % of draws is the 0.8 quantile of these
thresholds. Noise is symmetric, so that it is that of a negative effect too.

The noise has a declared autocorrelation, and such a size that what the column's effects and
treatment leave of it has on average the size of the residual in the data: effects take away a
larger part of it the shorter the panel and the more they are. With the option ``sizes`` ``own``
every unit's noise has the size of its own residual, with ``common`` all have one.
"""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description
from pilotzone.catalogue.names import known
from pilotzone.engine import callaway, imputed, linear
from pilotzone.engine.cautions import thin_counts
from pilotzone.engine.design import Design
from pilotzone.engine.drawn_outcomes import Drawn, counted
from pilotzone.engine.group_time import averaged
from pilotzone.engine.inference.cohorts import alike, deals, kept_sums
from pilotzone.errors import NotIdentified, Reason, UserError, encode
from pilotzone.estimates.detectable import ALPHA, COHORT, NORMAL, POWER
from pilotzone.methods.did.cohorts import summary
from pilotzone.methods.did.permuted import permuted_terms
from pilotzone.panels.store import Store

# Estimators of cells by cohort and year, and those of an effect on neighbours.
STAGGERED = {"callaway_santanna": callaway.cells, "imputation": imputed.cells}
SPATIAL = ("slx", "sdm", "sdem", "gns")
OVERALL, AVERAGES = "overall:simple", ("simple", "group")
NUMBERS = ("detectable", "normal", "sd_outcome", "ratio", "failed")
Lost = dict[str, list[Reason]]


def detectable(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return the detectable effect of each column's terms, with the reason where there is none.

    Terms are the treatment, or the mean effect and that of each cohort, or the exposure to the
    treatment of neighbours. Columns of one sample meet the same noise up to its size. A draw that
    a column cannot estimate is counted in ``failed`` and finds nothing.

    Raises
    ------
    UserError
        If a column's estimator is none of those.
    """
    tables = []
    for spec in description.columns:
        known("estimator of a detectable effect", spec.estimator, ("twfe", *STAGGERED, *SPATIAL))
        place = {
            "panel": spec.rows.panel,
            "treatment": spec.treatment,
            "estimator": spec.estimator,
            "effects": spec.effects,
            "sample": spec.rows.id,
            "inference": spec.inference.name,
            **{name: description.option(name) for name in ("autocorrelation", "sizes")},
            "draws": description.draws,
        }
        rows = _rows(Drawn.of(spec, store), description, store)
        tables.append(pd.DataFrame(rows).assign(**place))
    return {"": pd.concat(tables, ignore_index=True)}


def _rows(column: Drawn, description: Description, store: Store) -> list[dict[str, object]]:
    """Return a row for each term of a column."""
    spec, (wanted, lost), rows = column.data.spec, _terms(column.data), []
    if wanted:
        trial = Trial(column, wanted, description, _noises(column, description))
        by_cohorts = spec.inference.name == "permutation" and spec.estimator not in SPATIAL
        unit = linear.untreated_deviation(column.data)
        try:
            found = trial.by_cohorts() if by_cohorts else trial.by_interval(store)
            rows = [_row(name, *found[:, :, j], unit) for j, name in enumerate(wanted)]
        except NotIdentified as finding:
            lost |= {term: [finding.reason] for term in wanted}
    nothing = dict.fromkeys(NUMBERS, np.nan)
    return rows + [
        {"term": name, **nothing, "reason": encode(reasons)} for name, reasons in lost.items()
    ]


def _terms(data: Design) -> tuple[list[str], Lost]:
    """Return the terms to be looked at, and those that can't be, with the reasons.

    A term needs ten treated units, that of a cohort an identified effect.
    """
    name, estimator = data.spec.treatment, data.spec.estimator
    if estimator in SPATIAL:
        return [f"W:{name}"], {}
    cohort = data.by_unit(data.cohort_within, "cohort")
    if estimator not in STAGGERED:
        lost = thin_counts({name: int((cohort > 0).sum())})
        return [] if lost else [name], dict(lost)
    cohorts = {f"{COHORT}{g}": int(g) for g in np.unique(cohort[cohort > 0])}
    sizes = {term: int((cohort == g).sum()) for term, g in cohorts.items()}
    lost = dict(thin_counts({OVERALL: int((cohort > 0).sum()), **sizes}))
    cells = STAGGERED[estimator](data)
    try:
        effects = cells(data.y, data.cohort)
        there = averaged(data, cells, AVERAGES)(data.y, data.cohort).names
    except NotIdentified as finding:
        return [], {term: [finding.reason] for term in (OVERALL, *cohorts)}
    for term in set(cohorts) - {*there, *lost}:
        gone = [u for u in effects.unidentified if u.cohort == cohorts[term] <= u.period]
        # Else it is left out by declaration.
        if gone:
            lost[term] = [Reason("no_effect", {"why": summary(gone)})]
    return [term for term in (OVERALL, *cohorts) if term in there and term not in lost], lost


def _noises(column: Drawn, description: Description) -> np.ndarray:
    """Return the noise of all draws (R, T, n), as large as the residual in the data."""
    phi, cells = float(description.option("autocorrelation")), (column.rows, column.columns)
    draws = range(description.draws)
    noises = np.stack([column.noise(description.seed, draw, phi) for draw in draws])
    squares = column.residuals[cells] ** 2
    if description.option("sizes") == "own":
        of_unit = np.bincount(column.columns, squares) / np.bincount(column.columns)
        noises *= np.sqrt(of_unit)
    left = linear.left_of(column.data, noises[:, *cells].T)
    return noises * np.sqrt(squares.mean() / np.mean(left**2))


@dataclasses.dataclass(frozen=True)
class Trial:
    """Some terms of a column, and the noise (R, T, n) of the draws.

    Both ways to test give estimates and thresholds, (2, R, q); NaN where a draw has none.
    """

    column: Drawn
    wanted: list[str]
    description: Description
    noises: np.ndarray

    def design(self, draw: int, theta: float = 0.0) -> Design:
        """Return the rows with a drawn outcome, and some effect of W D in it."""
        outcome = self.column.outcome(self.noises[draw], theta=theta)
        return self.column.design(outcome, self.description.seed + draw)

    def by_cohorts(self) -> np.ndarray:
        """Return what is found by permuting cohorts over units.

        Raises
        ------
        NotIdentified
            If there are too few ways to deal them.
        """
        data = self.column.data
        cells = STAGGERED.get(data.spec.estimator)
        made = averaged(data, cells(data), AVERAGES) if cells else linear.slope(data)
        place = data.unit, data.period, data.cohort
        names, plain = tuple(self.wanted), alike(data)
        how = {"wanted": names, "alike": plain}
        how["sums"] = kept_sums(data, place, names, estimator=made) if plain else None
        found = []
        for draw in counted(self.description, data.spec):
            drawn = self.design(draw)
            tested = permuted_terms(made, drawn.y, *place, deals(drawn), **how)
            found.append([(one.coefficient, -one.limit(-1, ALPHA)) for one in tested.tests])
        return np.array(found).transpose(2, 0, 1)

    def by_interval(self, store: Store) -> np.ndarray:
        """Return what is found where the interval of the column inverts its test.

        With a lag of the outcome the effect passes through the multiplier, so that estimate and
        error move by a little else than τ: the interval is asked again with the first answer in
        the outcome.

        Raises
        ------
        NotIdentified, UserError
            If it is in every draw.
        """
        found = np.full((2, self.description.draws, len(self.wanted)), np.nan)
        lag = self.column.spatial is not None and "rho" in self.column.spatial.names
        failures = []
        for draw in counted(self.description, self.column.data.spec):
            try:
                estimates, low = self._interval(draw, store)
                if lag:
                    low += self._interval(draw, store, -low[0])[1]
                found[:, draw] = estimates, -low
            except (NotIdentified, UserError) as failure:
                failures.append(failure)
        if len(failures) == self.description.draws:
            raise failures[0]
        return found

    def _interval(self, draw: int, store: Store, theta: float = 0.0) -> np.ndarray:
        """Return estimates and lower ends of a draw, (2, q)."""
        from pilotzone.engine import estimator_of

        drawn = self.design(draw, theta)
        rows = estimator_of(drawn.spec)(drawn, store).terms
        if "ci_low" not in rows or (rows["ci_low"].isna() & rows["ci_high"].isna()).all():
            name = drawn.spec.inference.name
            raise UserError(f"inference '{name}' has no interval to invert; choose another one")
        at = list(map(rows["term"].tolist().index, self.wanted))
        return np.array([rows[name].to_numpy(float)[at] for name in ("estimate", "ci_low")])


def _row(name: str, estimates: np.ndarray, thresholds: np.ndarray, unit: float) -> dict:
    """Return the row of a term from its estimates and thresholds (R,)."""
    there = np.isfinite(estimates)
    sought = np.where(np.isnan(thresholds), np.inf, thresholds)
    effect = float(np.quantile(sought, POWER, method="inverted_cdf"))
    few = [] if np.isfinite(effect) else [Reason("seldom_found", {"share": 100 * POWER})]
    return {
        "term": name,
        "detectable": np.nan if few else effect,
        "normal": NORMAL * float(estimates[there].std(ddof=1)),
        "sd_outcome": unit,
        "ratio": np.nan if few else effect / unit,
        "failed": int((~there).sum()),
        "reason": encode(few),
    }
