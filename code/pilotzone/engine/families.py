"""Corrections for testing many outcomes at once."""

import itertools
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, Family, Specification
from pilotzone.engine.design import Design, design
from pilotzone.engine.groups import groups, with_groups
from pilotzone.engine.linear import regression
from pilotzone.engine.projections import projected_rows
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.permutations import romano_wolf
from pilotzone.methods.inference.wild import WildBootstrap, wild_cluster_bootstrap
from pilotzone.panels.store import Store

# The estimators whose columns hold one effect per group, and one response per horizon, and the
# other with a test to resample.
SPLIT, PROJECTED = "heterogeneity", "local_projection"
TESTED = ("twfe", SPLIT, PROJECTED)


def adjusted(exhibit_id: str, exhibit: Exhibit, store: Store) -> pd.DataFrame:
    """Return a row ``test:romano_wolf`` per column: step-down p within its family.

    A family is the columns of one treatment and variant, where columns split by groups the
    differences between the groups of all splits of one treatment, set of controls and effects, and
    of projections all responses with one set of controls; such a column gets the smallest p of its
    differences or responses. A column cut to common cohorts has
    clusters of its own and is in no family. Every test is resampled by the restricted wild
    cluster bootstrap with the same seed, so that the same clusters get the same weights in every
    column and the draws are joint.
    """
    families: dict[tuple[str, ...], list[tuple[str, Specification]]] = {}
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        if spec.estimator in TESTED and not spec.chosen("units_per_cohort"):
            families.setdefault(_family(spec), []).append((column, spec))
    rows = []
    for members in families.values():
        tests = [
            (column, spec, test)
            for column, spec in members
            for test in _tests(spec, store, exhibit.family)
        ]
        clusters = {test.n_boot_clusters for _, _, test in tests}
        if len(clusters) > 1:
            said = f"a family's columns have {sorted(clusters)} clusters"
            raise UserError(f"{exhibit_id}: {said}; joint draws need the same ones")
        if not tests:
            continue
        joint = np.column_stack([test.t_draws for _, _, test in tests])
        p = romano_wolf([test.t for _, _, test in tests], joint)
        for column, spec in members:
            own = [k for k, (name, _, _) in enumerate(tests) if name == column]
            if not own:
                continue
            first = min(own, key=lambda k: p[k])
            test = tests[first][2]
            row = estimates.statistic_row(
                "test:romano_wolf", test.t, "bootstrap", p[first], draws=test.draws
            )
            where = {"exhibit": exhibit_id, "column": column}
            rows.append(row.assign(**where, role=spec.role, outcome=spec.outcome))
    return pd.concat(rows, ignore_index=True) if rows else pd.DataFrame()


def _family(spec: Specification) -> tuple[str, ...]:
    if spec.estimator == SPLIT:
        return (spec.treatment, spec.dimension("controls"), spec.effects)
    if spec.estimator == PROJECTED:
        return (PROJECTED, spec.dimension("controls"), spec.variant)
    return (spec.treatment, spec.variant)


def _tests(spec: Specification, store: Store, family: Family) -> list[WildBootstrap]:
    """Return the column's test, or one for each of its differences or responses.

    A column that is not identified has none.
    """
    data = design(spec, store)
    try:
        if spec.estimator == SPLIT:
            return _differences(with_groups(data), family)
        if spec.estimator == PROJECTED:
            return _responses(data, family)
    except NotIdentified:
        return []
    what = regression(data)
    regressors = what.x, what.names, what.term
    return [_wild(family, what.data.y, *regressors, what.effects, what.data.cluster)]


def _differences(data: Design, family: Family) -> list[WildBootstrap]:
    """Return a test for each difference between two groups of a split."""
    group_of = dict(zip(data.unit, groups(data), strict=True))
    what = regression(data)
    group = np.array([group_of[unit] for unit in what.data.unit])
    levels = sorted(set(group_of.values()))
    tests = []
    for base, other in itertools.combinations(levels, 2):
        shown = [level for level in levels if level != base]
        own = [what.data.treatment * (group == level) for level in shown]
        x = np.column_stack([what.x[:, 0], *own, what.x[:, 1:]])
        names = (what.term, *(f"{what.term}#{level}" for level in shown), *what.names[1:])
        regressors = x, names, f"{what.term}#{other}"
        tests.append(_wild(family, what.data.y, *regressors, what.effects, what.data.cluster))
    return tests


def _responses(data: Design, family: Family) -> list[WildBootstrap]:
    """Return a test for the response at each horizon."""
    return [
        _wild(family, rows.y, rows.x, rows.names, rows.names[0], rows.effects, rows.unit)
        for rows in projected_rows(data)
    ]


def _wild(
    family: Family,
    y: np.ndarray,
    x: np.ndarray,
    names: Sequence[str],
    term: str,
    effects: FixedEffects,
    cluster: np.ndarray,
) -> WildBootstrap:
    rng = np.random.default_rng(family.seed)
    given = y, x, names, term, effects, cluster
    return wild_cluster_bootstrap(*given, draws=family.draws, rng=rng, level=None)
