"""From a specification to rows: the only place where literals meet data and estimators."""

from collections.abc import Callable

import pandas as pd

from pilotzone import exhibits
from pilotzone.engine import descriptive, regression, spatial
from pilotzone.engine.design import Design, Result, design
from pilotzone.errors import NotIdentified, UserError
from pilotzone.panels.store import Store
from pilotzone.spec import Exhibit, Specification

ESTIMATORS: dict[str, Callable[[Design, Store], Result]] = {
    "twfe": regression.two_way,
    "sar": spatial.maximum_likelihood,
    "sdm": spatial.maximum_likelihood,
    "sem": spatial.maximum_likelihood,
}


def run(exhibit_id: str, store: Store) -> dict[str, pd.DataFrame]:
    """Return the parts of an exhibit, ready for :func:`pilotzone.estimates.write`.

    Raises
    ------
    UserError
        If a name in the exhibit is unknown or the data cannot carry a column.
    """
    exhibit = exhibits.load(exhibit_id)
    if exhibit.describe:
        return descriptive.produce(exhibit.describe, store)
    return _columns(exhibit_id, exhibit, store)


def _columns(exhibit_id: str, exhibit: Exhibit, store: Store) -> dict[str, pd.DataFrame]:
    estimates, models = [], []
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        try:
            terms, model = estimate(spec, store)
        except UserError as error:
            raise UserError(f"{exhibit_id}, column {column}: {error}") from None
        where = {"exhibit": exhibit_id, "column": column}
        models.append({**where, **model})
        if terms is not None:
            estimates.append(terms.assign(**where, role=spec.role, outcome=spec.outcome))
    empty = pd.DataFrame(columns=["exhibit", "column", "term"])
    return {
        "": pd.concat(estimates, ignore_index=True) if estimates else empty,
        "models": pd.DataFrame(models),
    }


def estimate(spec: Specification, store: Store) -> tuple[pd.DataFrame | None, dict[str, object]]:
    """Return the estimate rows and the model row of one specification.

    A design that cannot identify its estimand gives no estimate rows and ``identified = no``.
    """
    if spec.estimator not in ESTIMATORS:
        raise UserError(f"estimator '{spec.estimator}' is unknown; known: {', '.join(ESTIMATORS)}")
    data = design(spec, store)
    model = {**data.describe(), "identified": "yes", "reason": ""}
    try:
        result = ESTIMATORS[spec.estimator](data, store)
    except NotIdentified as finding:
        return None, {**model, "identified": "no", "reason": str(finding)}
    return result.terms, {**model, **result.model}
