"""The mean of the outcome that a column prints is that of the rows it was estimated on.

Means of the same numbers in another order: rtol 1e-12.
"""

import numpy as np
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Specification
from pilotzone.engine.design import design
from pilotzone.panels.store import FolderStore


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def test_it_is_the_mean_of_the_rows(store):
    spec = exhibits.load("did_baseline").columns[1]
    rows = design(spec, store).frame
    model = engine.estimate(spec, store).model
    assert model["nobs"] == len(rows) == 300
    assert model["outcome_mean"] == pytest.approx(rows[spec.outcome].mean(), rel=1e-12)


def test_singletons_do_not_count(store):
    spec = Specification(outcome="nqp_city", treatment="zone_city", sample="city")
    data = design(spec, store)
    # A city with one row is fitted exactly and dropped.
    kept = data.frame.groupby("city_code")["year"].transform("size") > 1
    model = engine.estimated(data, store).model
    assert model["nobs"] == kept.sum() < len(kept)
    assert model["outcome_mean"] == pytest.approx(data.y[kept].mean(), rel=1e-12)


def test_none_is_printed_where_an_estimator_makes_rows_of_its_own(store):
    columns = exhibits.load("city_network").columns
    pairs = next(c for c in columns if c.estimator == "pairs")
    assert np.isnan(engine.estimate(pairs, store).model["outcome_mean"])
