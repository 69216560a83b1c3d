"""A block of a lattice on its rows: all its specifications, on the data and under dealt roll-outs.

Specifications that share rows and what is held constant share one projection
(``methods.multiverse.products``); what that does not fit, effects that tie units otherwise, goes
through the batch regression. Both are the two-way regression of a column.
"""

import contextlib
import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd

from pilotzone.catalogue import Inference, Sample, Specification
from pilotzone.catalogue.lattice import OF_DOSES, OF_FACTORS, Lattice, Subset
from pilotzone.engine import callaway, imputed, linear, rows
from pilotzone.engine.cells import cells_of, held_columns
from pilotzone.engine.design import Design, design
from pilotzone.engine.factors import OPTIONS, model_of
from pilotzone.engine.group_time import averaged
from pilotzone.engine.inference.cohorts import kept_sums
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.cohorts import staggered_panel
from pilotzone.methods.did.dose_dynamic import dose_comparisons
from pilotzone.methods.did.permuted import permuted_terms
from pilotzone.methods.factors.dealt import mean_effects
from pilotzone.methods.factors.resampled import Kind
from pilotzone.methods.factors.validation import Rule
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.permutations import permutations, require_deals
from pilotzone.methods.multiverse.joint import Tally
from pilotzone.methods.multiverse.products import Held, Treatment
from pilotzone.panels.store import Panel, Store

CELLS = {"callaway_santanna": callaway.cells, "imputation": imputed.cells}
OVERALL = "overall:simple"
FREE = "free"
Run = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclasses.dataclass(frozen=True, eq=False)
class RollOut:
    """The paths of every unit of a panel, and how they are dealt among those of the first sample.

    A unit outside keeps its own, so that every deal is one of the same roll-out in any sample.

    Attributes
    ----------
    units : (V,) codes, sorted.
    periods : (P,)
    paths : mapping from treatment to (V, P)
    moved : (M,) positions of the units of the first sample.
    orders : mapping from the groups in which paths are dealt to (R + 1, M)
        In row r the i-th of these units has the path of the [r, i]-th; row 0 is the data.
    """

    units: np.ndarray
    periods: np.ndarray
    paths: Mapping[str, np.ndarray]
    moved: np.ndarray
    orders: Mapping[str, np.ndarray]

    @classmethod
    def of(cls, lattice: Lattice, store: Store, draws: int, seed: int, within: str) -> "RollOut":
        """Return the roll-out of a lattice: the same deals for all its specifications.

        Raises
        ------
        UserError
            If a treatment lacks a unit or a period.
        NotIdentified
            If there are fewer than 20 ways to deal the paths.
        """
        panel = store.panel(lattice.rows.panel)
        panel.require(*lattice.treatments, *lattice.outcomes)
        units = np.unique(panel.frame[panel.unit].to_numpy(dtype=str))
        there = panel.treatments
        there = there[there[panel.unit].astype(str).isin(units)]
        # Later periods than the rows' may be known, of one treatment and not of another.
        there = there[there[panel.period].isin(panel.frame[panel.period])]
        paths = {name: _paths(there, panel, name) for name in lattice.treatments}
        inside = rows.inside(lattice.rows, panel)[panel.unit].astype(str).unique()
        moved = np.flatnonzero(np.isin(units, inside))
        together = np.hstack(list(paths.values()))[moved]
        of_unit = np.unique(together, axis=0, return_inverse=True)[1].ravel()
        groups = {FREE: None}
        if within:
            panel.require(within)
            first = panel.frame.groupby(panel.unit)[within].first()
            groups[within] = first.loc[units[moved]].to_numpy()
        orders = {}
        for name, strata in groups.items():
            require_deals(of_unit, strata)
            drawn = permutations(len(moved), draws, np.random.default_rng(seed), strata)
            orders[name] = np.vstack([np.arange(len(moved)), drawn])
        return cls(units, np.unique(there[panel.period]), paths, moved, orders)

    def deals(self, treatment: str, units: np.ndarray, periods: np.ndarray) -> "Deals":
        """Return the paths of a treatment over some periods, and who has which in every deal."""
        at = np.searchsorted(self.units, units)
        columns = np.searchsorted(self.periods, periods)
        distinct, code = np.unique(self.paths[treatment][:, columns], axis=0, return_inverse=True)
        code, codes = code.ravel(), {}
        for name, orders in self.orders.items():
            whole = np.tile(code, (len(orders), 1))
            whole[:, self.moved] = code[self.moved][orders]
            codes[name] = whole[:, at]
        return Deals(distinct, codes)


@dataclasses.dataclass(frozen=True, eq=False)
class Deals:
    """Distinct paths (K, T), and for each way to deal them their codes (R + 1, U) by unit."""

    paths: np.ndarray
    codes: Mapping[str, np.ndarray]


def _paths(there: pd.DataFrame, panel: Panel, name: str) -> np.ndarray:
    table = there.pivot(index=panel.unit, columns=panel.period, values=name).sort_index()
    if table.isna().any(axis=None):
        raise UserError(
            f"'{name}' is missing for some unit and period of the {panel.id} panel: a unit that is "
            "dealt this path needs all of it"
        )
    return table.to_numpy(dtype=float)


@dataclasses.dataclass(frozen=True)
class Found:
    """A specification: what it chose, its numbers on the data, and under each way of dealing.

    Attributes
    ----------
    choice : dict
        Sample, effects, controls, treatment, outcome, estimator, and what is known of the rows.
    estimates, t : mapping from the way of dealing to (R + 1,)
        In standard deviations of the outcome.
    df : int or None
    """

    choice: dict[str, object]
    estimates: Mapping[str, np.ndarray]
    t: Mapping[str, np.ndarray]
    df: int | None


def regressions(
    lattice: Lattice, sample: str | Sample, controls: Subset, rollout: RollOut, store: Store
) -> Iterator[Found]:
    """Yield the two-way regressions of a sample with a set of controls.

    Raises
    ------
    UserError
        If a treatment does not vary in a sample.
    """
    for effects in lattice.effects:
        for datas in _by_rows(lattice, sample, controls, effects, store):
            yield from _of_rows(lattice, datas, controls, rollout)


def _by_rows(
    lattice: Lattice, sample: str | Sample, controls: Subset, effects: str, store: Store
) -> Iterator[list[Design]]:
    """Yield designs that have the same rows, one for each outcome."""
    found: dict[bytes, list[Design]] = {}
    for outcome in lattice.outcomes:
        given = {"outcome": outcome, "treatment": lattice.treatments[0], "sample": sample}
        held = {"controls": controls or "none", "effects": effects}
        spec = Specification(**given, **held, inference=Inference(cluster=lattice.cluster))
        data = linear.without_singletons(design(spec, store))
        place = data.frame[[data.panel.unit, data.panel.period]]
        key = pd.util.hash_pandas_object(place, index=False).to_numpy().tobytes()
        found.setdefault(key, []).append(data)
    yield from found.values()


def _of_rows(
    lattice: Lattice, datas: list[Design], controls: Subset, rollout: RollOut
) -> Iterator[Found]:
    data = datas[0]
    spec, cells = data.spec, cells_of(data)
    if cells is None:
        yield from _in_batches(lattice, datas, controls, rollout)
        return
    held = Held.of(cells, held_columns(data), data.cluster)
    freed = [held.freed(one.y) for one in datas]
    units, periods = np.array(data.units), np.unique(data.period)
    for treatment in lattice.treatments:
        deals = rollout.deals(treatment, units, periods)
        whole = Treatment.of(held, deals.paths)
        dealt = {name: whole.dealt(codes) for name, codes in deals.codes.items()}
        if any(np.isnan(one.total[0]) for one in dealt.values()):
            raise UserError(
                f"treatment '{treatment}' does not vary within {spec.effects} in sample "
                f"'{spec.rows.id}'; leave one of them out"
            )
        for one, outcome in zip(datas, freed, strict=True):
            made = {name: each.regression(outcome) for name, each in dealt.items()}
            yield _found(one, treatment, controls, made, held.df, "products")


def _in_batches(
    lattice: Lattice, datas: list[Design], controls: Subset, rollout: RollOut
) -> Iterator[Found]:
    """Yield the same regressions by the batch core, which leaves out rows that are fitted alone."""
    data = datas[0]
    effects = data.absorbed
    units, unit = np.unique(data.unit, return_inverse=True)
    periods, period = np.unique(data.period, return_inverse=True)
    for treatment in lattice.treatments:
        deals = rollout.deals(treatment, units, periods)
        columns = {
            name: deals.paths[codes[:, unit], period].T for name, codes in deals.codes.items()
        }
        for one in datas:
            made, df = {}, None
            for name, dealt in columns.items():
                fit = batch(one.y, dealt, one.controls_or_none, effects, one.cluster)
                made[name], df = (fit.coefficients, fit.t), fit.df
            yield _found(one, treatment, controls, made, df, "batch")


def _found(
    data: Design,
    treatment: str,
    controls: Subset,
    made: Mapping[str, tuple[np.ndarray, np.ndarray]],
    df: int | None,
    way: str,
    estimator: str = "twfe",
) -> Found:
    spread = float(np.std(data.y, ddof=1))
    choice = {
        "sample": data.spec.rows.id,
        "effects": data.spec.effects,
        "controls": "+".join(controls),
        "treatment": treatment,
        "outcome": data.spec.outcome,
        "estimator": estimator,
        "nobs": len(data.y),
        "sd_outcome": spread,
        "way": way,
    }
    estimates = {name: b / spread for name, (b, _) in made.items()}
    return Found(choice, estimates, {name: t for name, (_, t) in made.items()}, df)


def staggered(
    lattice: Lattice, sample: str | Sample, rollout: RollOut, store: Store
) -> Iterator[Found]:
    """Yield the average effects of staggered estimators in a sample of all units that are dealt.

    Those of cohorts are studentised by their permuted contributions, those of doses and of factors
    by an error under each deal. Where units are left out, or lack a year, a deal is no permutation
    of the sample's paths, and there are none.
    """
    for outcome in lattice.outcomes:
        for estimator, treatment in lattice.staggered_pairs:
            given = {"outcome": outcome, "treatment": treatment, "sample": sample}
            # The declared errors are not used: those of factors would ask for draws.
            plain = {"inference": Inference("jackknife")} if estimator in OF_FACTORS else {}
            data = design(Specification(**given, estimator=estimator, **plain), store)
            if list(data.units) != rollout.units[rollout.moved].tolist():
                continue
            with contextlib.suppress(NotIdentified):
                made, df = DEALT.get(estimator, _dealt_cohorts)(data, rollout)
                if made:
                    way = "outcomes" if estimator in DEALT else "sums"
                    yield _found(data, treatment, (), made, df, way, estimator)


# Estimate and t (R + 1,) by the way of dealing; none with gaps.
Made = dict[str, tuple[np.ndarray, np.ndarray]]


def _dealt_doses(data: Design, rollout: RollOut) -> tuple[Made, int | None]:
    """Return the average total effect under each deal, and df."""
    compared = dose_comparisons(data.unit, data.period, data.treatment)
    if not compared.whole.all():
        return {}, None
    df = int(compared(data.y).used.sum()) - 1
    return _dealt_outcomes(compared.panel.table(data.y), compared.averages, rollout), df


def _dealt_factors(kind: Kind, data: Design, rollout: RollOut) -> tuple[Made, int | None]:
    """Return the mean effect beside factors under each deal, rank or penalty as on the data."""
    panel = staggered_panel(data.y, data.unit, data.period, data.cohort)
    if not panel.observed.all():
        return {}, None
    model = model_of(kind, data)
    given = model.get(OPTIONS[kind])
    rule = Rule(kind, given, model.get("max_rank", 0), model["folds"], model["fold_seed"])
    run = functools.partial(mean_effects, panel, rule=rule)
    return _dealt_outcomes(panel.y, run, rollout), None


def _dealt_outcomes(table: np.ndarray, run: Run, rollout: RollOut) -> Made:
    """Return what outcomes (R + 1, U, T) dealt to units give: their own paths stay, the same."""
    made = {}
    for name, orders in rollout.orders.items():
        estimates, errors = run(table[np.argsort(orders, axis=1)])
        made[name] = estimates, estimates / errors
    return made


def _dealt_cohorts(data: Design, rollout: RollOut) -> tuple[Made, int | None]:
    """Return the average effect by sums over cohorts under each deal."""
    where = data.unit, data.period, data.cohort
    simple = averaged(data, CELLS[data.spec.estimator](data), ("simple",))
    made: Made = {}
    sums = kept_sums(data, where, (OVERALL,), estimator=simple)
    if sums is None:
        return made, None
    for name, orders in rollout.orders.items():
        (test,) = permuted_terms(
            simple, data.y, *where, [orders[1:]], wanted=(OVERALL,), sums=sums
        ).tests
        drawn = test.numerators[0] + test.coefficient * test.numerators[1]
        estimates = np.append(test.coefficient, drawn)
        made[name] = estimates, np.append(test.observed(0.0), test.drawn(0.0))
    return made, None


# How the staggered estimators are dealt that are no sums over cohorts.
DEALT = {
    **dict.fromkeys(OF_DOSES, _dealt_doses),
    "interactive_effects": functools.partial(_dealt_factors, "interactive"),
    "matrix_completion": functools.partial(_dealt_factors, "completion"),
}


def counted(
    found: Iterator[Found], draws: int, ways: tuple[str, ...], sign: int
) -> tuple[pd.DataFrame, dict[str, Tally]]:
    """Return a row for each specification, on the data, and a tally for each way of dealing."""
    tallies = {name: Tally.empty(draws, sign) for name in ways}
    lines = []
    for one in found:
        for name, tally in tallies.items():
            p = tally.add(one.estimates[name], one.t[name], one.df)
        # Row 0 is the data, whatever the way of dealing.
        lines.append({**one.choice, "estimate": one.estimates[name][0], "p_value": p})
    return pd.DataFrame(lines), tallies
