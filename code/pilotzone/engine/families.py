"""Corrections for testing many outcomes at once."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine import inference
from pilotzone.engine.design import design
from pilotzone.engine.variation import group_columns
from pilotzone.errors import UserError
from pilotzone.inference.romano_wolf import romano_wolf
from pilotzone.inference.wild import WildBootstrap, wild_cluster_bootstrap
from pilotzone.panels.store import Store
from pilotzone.spec import Exhibit, Specification

# The estimator whose columns hold one effect per group.
SPLIT = "heterogeneity"


def adjusted(exhibit_id: str, exhibit: Exhibit, store: Store) -> pd.DataFrame:
    """Return a row ``test:romano_wolf`` per column: step-down p within its family.

    A family is the columns of one treatment and variant, where columns split by groups the
    differences between the groups of all splits of one treatment and set of controls; such a
    column gets the smallest p of its differences. Every test is resampled by the restricted wild
    cluster bootstrap with the same seed, so that the same clusters get the same weights in every
    column and the draws are joint.
    """
    families: dict[tuple[str, ...], list[tuple[str, Specification]]] = {}
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        families.setdefault(_family(spec), []).append((column, spec))
    rows = []
    for members in families.values():
        tests = [(column, spec, test) for column, spec in members for test in _tests(spec, store)]
        clusters = {test.n_boot_clusters for _, _, test in tests}
        if len(clusters) > 1:
            raise UserError(
                f"{exhibit_id}: a family's columns have {sorted(clusters)} clusters; joint draws "
                "need the same ones"
            )
        joint = np.column_stack([test.t_draws for _, _, test in tests])
        p = romano_wolf([test.t for _, _, test in tests], joint)
        for column, spec in members:
            own = [k for k, (name, _, _) in enumerate(tests) if name == column]
            first = min(own, key=lambda k: p[k])
            row = estimates.statistic_row(
                "test:romano_wolf",
                tests[first][2].t,
                "bootstrap",
                p[first],
                draws=tests[first][2].draws,
            )
            where = {"exhibit": exhibit_id, "column": column}
            rows.append(row.assign(**where, role=spec.role, outcome=spec.outcome))
    return pd.concat(rows, ignore_index=True)


def _family(spec: Specification) -> tuple[str, ...]:
    return (spec.treatment, spec.controls if spec.estimator == SPLIT else spec.variant)


def _tests(spec: Specification, store: Store) -> list[WildBootstrap]:
    """Return the column's test, or one for each difference between its groups."""
    what = inference.regression(design(spec, store))
    data, x, names, tested = what.data, what.x, what.names, [what.term]
    if spec.estimator == SPLIT:
        columns, terms = group_columns(data)
        x = np.column_stack([what.x[:, :1], *columns[1:], what.x[:, 1:]])
        names, tested = (what.term, *terms[1:], *what.names[1:]), list(terms[1:])
    return [
        wild_cluster_bootstrap(
            data.y,
            x,
            names,
            term,
            what.effects,
            data.cluster,
            draws=spec.inference.draws,
            rng=np.random.default_rng(spec.inference.seed),
            level=None,
        )
        for term in tested
    ]
