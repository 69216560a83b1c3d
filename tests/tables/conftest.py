import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, Inference, grid
from pilotzone.errors import Reason, encode

SPATIAL = {"sar": ("rho",), "sdm": ("W", "rho")}


def terms_of(column):
    """Return the terms of a made-up column: with an error, and without."""
    names = (column.treatment, *column.control_variables)
    terms = list(names)
    if column.estimator in SPATIAL:
        terms += [f"W:{name}" for name in names if "W" in SPATIAL[column.estimator]]
        terms += ["rho"]
        terms += [f"{kind}:{name}" for kind in ("direct", "indirect", "total") for name in names]
    if not column.diagnostics:
        return terms, []
    return [*terms, f"no_municipalities:{column.treatment}"], [
        f"municipality_share:{column.treatment}"
    ]


def model_row(exhibit_id, name, column, identified):
    spatial = column.estimator in SPATIAL
    kept = {
        "estimator": column.estimator,
        "sample": column.sample,
        "outcome": column.outcome,
        "treatment": column.treatment,
        "controls": column.controls,
        "fixed_effects": column.effects,
        "inference": "cluster_pairs:unit" if spatial else "crv1:unit",
        "weights": column.weights,
        "first_year": 2013,
        "last_year": 2022,
        "nobs": 299,
        "n_units": 30,
        "n_periods": 10,
        "n_clusters": 30,
        "n_treated": 30,
        "n_dropped": 1,
        "outcome_mean": 0.1234,
        "r2": 0.9,
        "r2_within": 0.4443,
        "loglik": 862.49801 if spatial else np.nan,
        "seed": column.inference.seed,
        "draws": column.inference.draws,
        "identified": "yes" if identified else "no",
        "reason": "" if identified else encode([Reason("flat_treatment")]),
        "spec_sha256": column.sha256,
    }
    return {"exhibit": exhibit_id, "column": name, **kept}


def numbers(rng, count):
    """Return estimates of mixed scale and sign with errors that give every kind of star."""
    error = rng.uniform(0.5, 2.0, count) * 10.0 ** rng.integers(-7, 2, count)
    return error * rng.uniform(-4, 4, count), error


def estimate_rows(column, rng):
    terms, plain = terms_of(column)
    estimate, error = numbers(rng, len(terms))
    if column.estimator in SPATIAL:
        rows = estimates.rows(terms, estimate, error, distribution="normal")
        simulated = rows["term"].str.contains("direct:|total:")
        rows.loc[simulated, "draws"] = column.inference.draws
    else:
        rows = estimates.rows(terms, estimate, error, distribution="t", df=29)
        rows.loc[rows["term"].str.startswith("no_municipalities:"), "df"] = "25"
    return pd.concat([rows, estimates.value_rows(plain, rng.uniform(0.1, 0.9, len(plain)))])


@pytest.fixture
def made_up(tmp_path):
    """Return a function that writes made-up files of an exhibit and reads them again."""

    def write(exhibit, exhibit_id="made_up", unidentified=()):
        rng = np.random.default_rng(20250307)
        rows, models = [], []
        for name, column in zip(exhibit.column_ids(), exhibit.columns, strict=True):
            identified = name not in unidentified
            models.append(model_row(exhibit_id, name, column, identified))
            if identified:
                where = {"exhibit": exhibit_id, "column": name, "role": column.role}
                rows.append(estimate_rows(column, rng).assign(**where, outcome=column.outcome))
        empty = pd.DataFrame(columns=["exhibit", "column", "term"])
        parts = {"": pd.concat(rows) if rows else empty, "models": pd.DataFrame(models)}
        estimates.write(tmp_path, exhibit_id, exhibit, parts)
        return tuple(
            estimates.read(tmp_path / f"{exhibit_id}{part}.csv") for part in ("", ".models")
        )

    write.folder = tmp_path
    return write


@pytest.fixture
def did():
    return Exhibit(
        title="Made-up columns & 100 % of them",
        title_zh="虚构列",
        columns=grid(
            outcome=("nqp", "nqp_no_ecommerce"),
            treatment=("zone_first", "zone_share"),
            controls=("none", "baseline"),
            diagnostics=("municipalities",),
        ),
    )


@pytest.fixture
def spatial():
    return Exhibit(
        title="Made-up spatial columns",
        title_zh="虚构空间列",
        columns=grid(
            outcome="nqp_no_ecommerce",
            treatment="zone_share",
            controls="baseline",
            weights="contiguity",
            estimator=("sar", "sdm"),
            inference=Inference("cluster_pairs", draws=5000, seed=7),
            diagnostics=("municipalities",),
        ),
    )
