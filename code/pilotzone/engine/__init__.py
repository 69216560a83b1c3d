"""From a specification to rows: the only place where literals meet data and estimators."""

import dataclasses
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.catalogue.spec import Exhibit, Specification
from pilotzone.engine import (
    descriptive,
    event,
    families,
    matched,
    network,
    placebo,
    regression,
    rings,
    spatial,
    spillover,
    staggered,
    variation,
)
from pilotzone.engine import (
    dynamic_space as dynamic,
)
from pilotzone.engine import (
    dynamics as feedback,
)
from pilotzone.engine.design import Design, Result, design
from pilotzone.errors import NotIdentified, UserError
from pilotzone.panels.store import Store

ESTIMATORS: dict[str, Callable[[Design, Store], Result]] = {
    "twfe": regression.two_way,
    "twfe_inference": regression.other_inference,
    **dict.fromkeys(("sar", "sem", "slx", "sdm", "sdem", "gns"), spatial.maximum_likelihood),
    "dynamic_sdm": dynamic.dynamic_durbin,
    "sdm_moderation": spatial.moderated,
    "sdm_groups": spatial.by_group,
    "spatial_tests": spatial.tests,
    "exposure_split": spillover.exposure_split,
    "clean_controls": spillover.clean_controls,
    "pairs": network.pairs,
    "centralities": network.centralities,
    "rings": rings.rings,
    "exposure_net": rings.exposure_net,
    "relabelled_matrices": spatial.relabelled,
    "random_graphs": spatial.random_graphs,
    "event_study": event.binned,
    "event_study_unbinned": event.unbinned,
    "honest_did": event.honest,
    "goodman_bacon": staggered.goodman_bacon,
    "negative_weights": staggered.negative_weights,
    "callaway_santanna": staggered.callaway,
    "callaway_santanna_never": staggered.callaway_never,
    "sun_abraham": staggered.sun,
    "imputation": staggered.borusyak,
    "two_stage": staggered.two_stage,
    "extended_twfe": staggered.wooldridge,
    "stacked": staggered.stack,
    "synthetic_did": staggered.synthetic,
    "fake_rollout": placebo.fake_rollout,
    "permuted_paths": placebo.permuted_paths,
    "in_time_placebo": placebo.in_time,
    "psm_nearest": matched.nearest,
    "psm_kernel": matched.kernel,
    "entropy_balancing": matched.entropy,
    "heterogeneity": variation.heterogeneity,
    "moderation": variation.moderation,
    "dose_bins": variation.dose_bins,
    "mediation": variation.three_steps,
    "leave_one_out": variation.leave_one_out,
    "local_projection": feedback.local_projection,
    "local_projection_jackknife": feedback.jackknifed_projection,
    "non_causality": feedback.non_causality,
    "three_stage": feedback.three_stage,
}


def run(exhibit_id: str, store: Store, folder: Path | None = None) -> dict[str, pd.DataFrame]:
    """Return the parts of an exhibit, ready for :func:`pilotzone.estimates.write`.

    Parameters
    ----------
    exhibit_id : str
    store : Store
    folder : Path, optional
        The estimates of other exhibits, for one that reads them.

    Raises
    ------
    UserError
        If a name in the exhibit is unknown or the data cannot carry a column.
    """
    exhibit = exhibits.load(exhibit_id)
    if exhibit.describe:
        return descriptive.produce(exhibit.describe, store, folder)
    return columns(exhibit_id, exhibit, store, estimate)


def columns(
    exhibit_id: str,
    exhibit: Exhibit,
    store: Store,
    estimated: Callable[[Specification, Store], Result],
) -> dict[str, pd.DataFrame]:
    """Return the parts of an exhibit with regression columns, each column by ``estimated``."""
    tables: dict[str, list[pd.DataFrame]] = {"": []}
    models = []
    for column, spec in _shown(exhibit_id, exhibit):
        try:
            result = estimated(spec, store)
        except UserError as error:
            raise UserError(f"{exhibit_id}, column {column}: {error}") from None
        where = {"exhibit": exhibit_id, "column": column}
        models.append({**where, **result.model})
        if len(result.terms):
            terms = result.terms.assign(**where, role=spec.role, outcome=spec.outcome)
            tables[""].append(_kept(terms, exhibit))
        for part, table in () if exhibit.terms else result.parts.items():
            tables.setdefault(part, []).append(table.assign(**where) if part else table)
    if exhibit.family:
        tables[""].append(families.adjusted(exhibit_id, exhibit, store))
    whole = {part: pd.concat(rows, ignore_index=True) for part, rows in tables.items() if rows}
    empty = pd.DataFrame(columns=list(estimates.schema_of(exhibit_id).keys))
    return {"": empty, **whole, "models": pd.DataFrame(models)}


# From so many columns on an exhibit takes longer than two seconds.
MANY_COLUMNS = 200


def _shown(exhibit_id: str, exhibit: Exhibit) -> Iterable[tuple[str, Specification]]:
    """Return the columns with their ids, with a bar of progress where there are very many."""
    pairs = list(zip(exhibit.column_ids(), exhibit.columns, strict=True))
    if len(pairs) < MANY_COLUMNS:
        return pairs
    from tqdm import tqdm

    return tqdm(pairs, desc=exhibit_id, leave=False, disable=None)


def _kept(terms: pd.DataFrame, exhibit: Exhibit) -> pd.DataFrame:
    """Return the terms that the exhibit keeps, by the first piece of their name."""
    if not exhibit.terms:
        return terms
    return terms[terms["term"].str.partition(":")[0].isin(exhibit.terms)]


def estimate(spec: Specification, store: Store) -> Result:
    """Return the estimate rows, the model row and further tables of one specification.

    A design that cannot identify its estimand gives no estimate rows and ``identified = no``.
    """
    if spec.estimator not in ESTIMATORS:
        raise UserError(f"estimator '{spec.estimator}' is unknown; known: {', '.join(ESTIMATORS)}")
    data = design(spec, store)
    model = {**data.describe(), "identified": "yes", "reason": ""}
    try:
        result = ESTIMATORS[spec.estimator](data, store)
    except NotIdentified as finding:
        unidentified = {**model, "identified": "no", "reason": str(finding)}
        return Result(pd.DataFrame(), unidentified)
    return dataclasses.replace(result, model={**model, **result.model})
