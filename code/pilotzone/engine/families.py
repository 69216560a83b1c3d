"""Corrections for testing many outcomes at once."""

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine import inference
from pilotzone.engine.design import design
from pilotzone.errors import UserError
from pilotzone.inference.romano_wolf import romano_wolf
from pilotzone.inference.wild import wild_cluster_bootstrap
from pilotzone.panels.store import Store
from pilotzone.spec import Exhibit, Specification


def adjusted(exhibit_id: str, exhibit: Exhibit, store: Store) -> pd.DataFrame:
    """Return a row ``test:romano_wolf`` per column: step-down p within its family.

    A family is the columns of one treatment and variant. Every column is resampled by the
    restricted wild cluster bootstrap with the same seed, so that the same clusters get the same
    weights in every column and the draws are joint.
    """
    families: dict[tuple[str, str], list[tuple[str, Specification]]] = {}
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        families.setdefault((spec.treatment, spec.variant), []).append((column, spec))
    rows = []
    for members in families.values():
        tests = [_test(spec, store) for _, spec in members]
        clusters = {test.n_boot_clusters for test in tests}
        if len(clusters) > 1:
            raise UserError(
                f"{exhibit_id}: a family's columns have {sorted(clusters)} clusters; joint draws "
                "need the same ones"
            )
        p = romano_wolf([t.t for t in tests], np.column_stack([t.t_draws for t in tests]))
        rows += [
            estimates.statistic_row(
                "test:romano_wolf", test.t, "bootstrap", p_value, draws=test.draws
            ).assign(exhibit=exhibit_id, column=column, role=spec.role, outcome=spec.outcome)
            for (column, spec), test, p_value in zip(members, tests, p, strict=True)
        ]
    return pd.concat(rows, ignore_index=True)


def _test(spec: Specification, store: Store) -> object:
    what = inference.regression(design(spec, store))
    return wild_cluster_bootstrap(
        what.data.y,
        what.x,
        what.names,
        what.term,
        what.effects,
        what.data.cluster,
        draws=spec.inference.draws,
        rng=np.random.default_rng(spec.inference.seed),
        level=None,
    )
