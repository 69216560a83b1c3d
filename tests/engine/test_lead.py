"""The lead of a treatment beside it: the explicit regression, what is unknown, what is refused.

EXACT: the same normal equations with all dummies, solved twice on 240 to 2,400 rows.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine
from pilotzone.catalogue import Inference, Specification, cut
from pilotzone.errors import Reason, UserError, decode
from pilotzone.methods.inference import wild
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.panels.store import FolderStore

EXACT = {"rtol": 1e-8, "atol": 1e-12}
DRAWN = {"draws": 99, "seed": 4}


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def of(years, **fields):
    usual = {"outcome": "nqp_no_ecommerce", "treatment": "zone_first"}
    return Specification(**{**usual, **fields}, options=(("lead", years),))


def with_lead(store, spec, years):
    """The rows of a sample with the treatment some years ahead, from the whole panel."""
    panel = store.panel(spec.rows.panel)
    every = panel.treatments if spec.treatment in panel.treatments else panel.frame
    there = every.set_index([panel.unit, panel.period])[spec.treatment].astype(float)
    rows = panel.frame[
        panel.frame[panel.period].between(spec.rows.first_year, spec.rows.last_year)
        & ~panel.frame[panel.unit].isin(spec.rows.excluded)
    ]
    then = zip(rows[panel.unit], rows[panel.period] + years, strict=True)
    lead = np.array([there.get(pair, np.nan) for pair in then])
    kept = ~np.isnan(lead)
    rows = rows.assign(lead=lead, unit=rows[panel.unit])[kept]
    return rows.reset_index(drop=True), int((~kept).sum())


def explicit(rows, columns, outcome, trends):
    """Coefficients and errors by unit with all effects as columns."""
    unit, year = (pd.get_dummies(rows[name]).to_numpy(float) for name in ("unit", "year"))
    held = [unit, year]
    if trends:
        held.append(unit * (rows["year"].to_numpy() - 2016.5)[:, None])
    held = np.column_stack(held)
    held = held / np.linalg.norm(held, axis=0)
    both = rows[[outcome, *columns]].to_numpy(float)
    free = both - held @ np.linalg.lstsq(held, both, rcond=1e-10)[0]
    x, bread = free[:, 1:], np.linalg.inv(free[:, 1:].T @ free[:, 1:])
    beta = bread @ x.T @ free[:, 0]
    scores = unit.T @ (x * (free[:, 0] - x @ beta)[:, None])
    n, g = len(rows), unit.shape[1]
    k = x.shape[1] + np.linalg.matrix_rank(held, tol=1e-8) - g + 1
    factor = g / (g - 1) * (n - 1) / (n - k)
    return beta, np.sqrt(np.diag(factor * bread @ scores.T @ scores @ bread))


@pytest.mark.parametrize(
    ("years", "fields", "dropped"),
    [
        # 2023 is the last year of the provinces: a year ahead of 2022 is known, two years are not.
        (1, {}, 0),
        (2, {"effects": "unit_trends", "controls": "baseline"}, 30),
        (2, {"treatment": "zone_share"}, 30),
        (1, {"treatment": "cbec_proxy", "effects": "unit_trends"}, 30),
    ],
)
def test_it_is_the_explicit_regression(store, years, fields, dropped):
    spec = of(years, **fields)
    rows, lost = with_lead(store, spec, years)
    assert lost == dropped
    columns = [spec.treatment, "lead", *spec.control_variables]
    beta, errors = explicit(rows, columns, spec.outcome, "trends" in spec.effects)
    result = engine.estimate(spec, store)
    names = [spec.treatment, f"lead:{spec.treatment}", *spec.control_variables]
    assert list(result.terms["term"]) == names
    assert_allclose(result.terms["estimate"], beta, **EXACT)
    assert_allclose(result.terms["std_error"], errors, **EXACT)
    model = result.model
    assert (model["nobs"], model["n_dropped"]) == (len(rows), dropped)
    assert decode(model["reference"]) == (Reason("lead_beside", {"years": years}),)


def test_a_sample_that_ends_before_the_panel_loses_no_row(store):
    inner = cut("main", id="inner", words=("i", "i"), last_year=2020)
    assert engine.estimate(of(3, sample=inner), store).model["n_dropped"] == 0


def test_the_bootstrap_is_of_the_treatment_and_the_lead_keeps_its_clusters(store):
    plain = engine.estimate(of(2, controls="baseline"), store).terms.set_index("term")
    spec = of(2, controls="baseline", inference=Inference("wild_rademacher", **DRAWN))
    result = engine.estimate(spec, store)
    found = result.terms.set_index("term")
    rows, _ = with_lead(store, spec, 2)
    names = [spec.treatment, "lead", *spec.control_variables]
    test = wild.wild_cluster_bootstrap(
        rows[spec.outcome],
        rows[names].to_numpy(float),
        names,
        spec.treatment,
        FixedEffects((rows["unit"], rows["year"])),
        rows["unit"],
        weights="rademacher",
        draws=99,
        rng=np.random.default_rng(4),
    )
    assert list(found.index) == ["zone_first", "lead:zone_first"]
    own = found.loc["zone_first"]
    assert own["p_value"] == test.p_value
    assert_allclose([own["estimate"], own["ci_low"]], [test.coefficient, test.interval[0]], **EXACT)
    for name in ("estimate", "std_error", "p_value", "ci_high"):
        expected = plain.loc["lead:zone_first", name]
        assert_allclose(found.loc["lead:zone_first", name], expected, **EXACT)
    assert result.model["inference"] == "wild_rademacher:unit"
    said = (Reason("lead_beside", {"years": 2}), Reason("lead_by_clusters"))
    assert decode(result.model["reference"]) == said


def test_the_lead_is_shown_beside_the_treatment_alone(store):
    terms = engine.estimate(
        of(1, controls="baseline", diagnostics=("treatment_only",)), store
    ).terms
    assert list(terms["term"]) == ["zone_first", "lead:zone_first"]


def test_a_lead_that_tells_nothing_is_not_identified(store):
    late = cut("long", id="late", words=("l", "l"), first_year=2015)
    spec = of(9, outcome="nqp_long", sample=late)
    facts = {"variable": "zone_first", "years": 9, "last": 2023}
    model = engine.estimate(spec, store).model
    assert decode(model["reason"]) == (Reason("lead_unknown", facts),)
    # Treated at once, a dummy a year ahead is the dummy of another year.
    frame = store.panel("province").frame
    at_once = (frame["year"] >= 2016) * 1.0

    class Other:
        def panel(self, name):
            changed = frame.assign(zone_first=at_once)
            return dataclasses.replace(store.panel(name), frame=changed)

    model = engine.estimate(of(1), Other()).model
    (reason,) = decode(model["reason"])
    assert (model["identified"], reason.code) == ("no", "no_variation")
    assert "lead:zone_first" in reason.facts["variables"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"inference": Inference("permutation", **DRAWN), "options": (("lead", 1),)},
            "inference 'permutation' deals paths and would leave their lead where it is; take crv1",
        ),
        (
            {"options": (("lead", 1), ("transform", "lag"))},
            "option 'lead' is of the treatment as it stands; leave out the transform 'lag'",
        ),
        ({"options": (("lead", -1),)}, "option 'lead' is -1; give at least 0"),
    ],
)
def test_a_lead_that_a_column_cannot_hold_is_refused(fields, message):
    with pytest.raises(UserError, match=message):
        Specification(outcome="nqp", treatment="zone_first", **fields)
