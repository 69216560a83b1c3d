"""A specification can't lie: what a column declares is what is computed, kind by kind.

SAME: two numbers that agree to nine digits come from one computation.
"""

import contextlib
import dataclasses
import functools

import numpy as np
import pytest

from pilotzone import engine, exhibits
from pilotzone.catalogue import Inference, Specification
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.inferences import INFERENCES
from pilotzone.engine import matrix
from pilotzone.engine.resampling import Resampling
from pilotzone.engine.rows import first_treated
from pilotzone.errors import UserError, decode
from pilotzone.methods.space import builders
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

SAME = {"rtol": 1e-9, "atol": 1e-12}
DRAWS = {"draws": 9, "seed": 3}
# One city of so many of each cohort.
EVERY = {0: 5, 2015: 1, 2016: 1, 2019: 3, 2020: 4}
# They need neighbours at every distance, many donors, or large cohorts.
ON_ALL = ("rings", "synthetic_control", "synthetic_did", "long_difference")
# Above the units of each panel.
COARSER = {
    "city": "province_code",
    "province": "region4",
    "province_2024": "region4",
    "city_sums": "region3",
}


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


class Few(FolderStore):
    """The built panels with some cities of each cohort, and every third province."""

    def _read_panel(self, name):
        whole = super()._read_panel(name)
        units = whole.frame[whole.unit].unique()
        kept = units[::3]
        if name == "city":
            cohort = first_treated(whole, "zone_city").loc[units]
            order = cohort.groupby(cohort).cumcount()
            kept = order.index[order % cohort.map(EVERY) == 0]
        frame = whole.frame[whole.frame[whole.unit].isin(kept)].reset_index(drop=True)
        return dataclasses.replace(whole, frame=frame)


@pytest.fixture(scope="module")
def estimate(store, built):
    """Return what the engine does with a column, each once: many tests compare with the same.

    Some units do where all are many, or are left out in turn; what they cannot carry is estimated
    on all.
    """
    few = Few(built)

    @functools.cache
    def made(spec):
        many = spec.rows.panel == "city" and spec.estimator not in ON_ALL
        if many or spec.estimator == "leave_one_out":
            with contextlib.suppress(UserError):
                result = engine.estimate(spec, few)
                if result.model["identified"] == "yes":
                    return result
        return engine.estimate(spec, store)

    return made


def declared():
    """Return the first column of every estimator and inference on every panel, with few draws."""
    found = {}
    for exhibit_id in exhibits.paths():
        exhibit = exhibits.load(exhibit_id)
        for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
            kind = (spec.estimator, spec.rows.panel, spec.inference.id)
            found.setdefault(kind, (f"{exhibit_id}: {column}", reduced(spec)))
    return dict(found.values())


def reduced(spec):
    if "audit_draws" in spec.method.options:
        spec = dataclasses.replace(spec, options=(*spec.options, ("audit_draws", 3)))
    if spec.inference.draws is None:
        return spec
    return dataclasses.replace(spec, inference=dataclasses.replace(spec.inference, **DRAWS))


def first_columns():
    """Return the first column of every estimator on every panel."""
    found = {}
    for name, spec in DECLARED.items():
        found.setdefault((spec.estimator, spec.rows.panel), (name, spec))
    return dict(found.values())


def alternatives():
    """Return the first column of an estimator under each inference and cluster that it takes."""
    found = {}
    for spec in first_columns().values():
        method = spec.method
        for name in method.inferences:
            kind = INFERENCES[name]
            draws = DRAWS if kind.draws or method.draws else {}
            clusters = [""] if kind.computed else []
            if kind.clusters and kind.above and method.above:
                clusters.append(COARSER[spec.rows.panel])
            for cluster in clusters:
                other = dataclasses.replace(spec, inference=Inference(name, cluster, **draws))
                found[f"{spec.estimator}, {spec.rows.panel}: {other.inference.id}"] = other
    return found


DECLARED = declared()
ALTERNATIVES = alternatives()


def test_every_estimator_and_inference_of_the_exhibits_is_among_them():
    # By itself it is for a reader's calls (test_forms.py); exhibits have it beside level and log.
    alone = {"poisson"}
    assert {spec.estimator for spec in DECLARED.values()} == set(ESTIMATORS) - alone
    assert len(DECLARED) > 80
    assert len(ALTERNATIVES) > 90


def require_as_declared(spec, model):
    said = tuple(model[name] for name in ("inference", "draws", "seed"))
    assert said == (spec.inference.computed, spec.inference.draws, spec.inference.seed)


@pytest.mark.parametrize("spec", DECLARED.values(), ids=DECLARED)
def test_the_models_file_says_what_the_column_declares(estimate, spec):
    model = estimate(spec).model
    if model["identified"] == "no":
        assert decode(model["reason"])
        assert (model["inference"], model["draws"], model["seed"]) == ("", None, None)
        return
    require_as_declared(spec, model)


# What the data cannot carry, each with the reason for it.
REFUSED = {
    "twfe, province: permutation_groups_by_region4": "is not the one of the roll-out in all rows",
    "twfe, province_2024: permutation_groups_by_region4": (
        "is not the one of the roll-out in all rows"
    ),
    "twfe, city_sums: permutation_groups_by_region3": "is not the one of the roll-out in all rows",
    "twfe, city: permutation_groups_by_province_code": "of the city panel has no 'province_code'",
}


@pytest.mark.parametrize("name", ALTERNATIVES)
def test_under_any_inference_that_an_estimator_takes(estimate, name):
    spec = ALTERNATIVES[name]
    if name in REFUSED:
        with pytest.raises(UserError, match=REFUSED[name]):
            estimate(spec)
        return
    model = estimate(spec).model
    if model["identified"] == "no":
        assert decode(model["reason"])
        return
    require_as_declared(spec, model)


def numbers(estimate, spec):
    """Return the numbers of a column; its reason where it is not identified."""
    result = estimate(spec)
    table = result.parts.get("", result.terms)
    kept = [c for c in ("estimate", "statistic", "p_value", "std_error") if c in table]
    return table[kept].to_numpy(dtype=float) if len(table) else result.model["reason"]


def alike(one, other):
    if isinstance(one, str) or isinstance(other, str):
        return isinstance(one, str) and isinstance(other, str) and one == other
    return one.shape == other.shape and np.allclose(one, other, equal_nan=True, **SAME)


EFFECTS = {
    f"{spec.estimator}, {spec.rows.panel}: {effects}": (spec, effects)
    for spec in first_columns().values()
    for effects in spec.method.effects
    # Provinces have no industry, no unit of these panels has parts, and a province is all of its
    # province.
    if effects not in (spec.effects, "industry_year", "triple")
    and (effects != "province_year" or spec.rows.panel == "city")
    # The sums have no size, and provinces no cohort with ten units of each group.
    and (effects != "size_year" or spec.rows.panel != "city_sums")
    and (spec.estimator, spec.rows.panel) != ("long_difference", "province")
    # A transformation that removes effects needs some.
    and (effects != "none" or spec.chosen("correction") != "lee_yu")
}


@pytest.mark.parametrize(("spec", "effects"), EFFECTS.values(), ids=EFFECTS)
def test_other_effects_are_another_computation(estimate, spec, effects):
    other = dataclasses.replace(spec, effects=effects)
    assert not alike(numbers(estimate, spec), numbers(estimate, other))


CONTROLLED = {
    f"{spec.estimator}, {spec.rows.panel}": spec
    for spec in first_columns().values()
    if spec.method.controls
    and spec.rows.panel in ("province", "city")
    # No province is never treated, with controls or without.
    and (spec.estimator, spec.rows.panel) != ("callaway_santanna_never", "province")
}


@pytest.mark.parametrize("spec", CONTROLLED.values(), ids=CONTROLLED)
def test_controls_are_another_computation(estimate, spec):
    names = {"province": "baseline", "city": "city"}
    with_, without = (
        numbers(estimate, dataclasses.replace(spec, controls=controls))
        for controls in (names[spec.rows.panel], "none")
    )
    assert not alike(with_, without)


@pytest.mark.parametrize("estimator", ["sdm", "exposure_split", "relabelled_matrices"])
def test_a_matrix_that_an_option_names_is_built_among_the_units_that_are_left(
    store, estimate, estimator
):
    drawn = Inference(**DRAWS) if estimator == "relabelled_matrices" else ""
    base = Specification(
        outcome="nqp_city",
        treatment="zone_city",
        sample="balanced",
        estimator=estimator,
        weights="inverse_distance",
        inference=drawn,
    )
    plain = numbers(estimate, base)
    for option, value in (("cutoff_km", 1800), ("exponent", 2)):
        other = dataclasses.replace(base, options=((option, value),))
        assert not alike(plain, numbers(estimate, other)), option
    data, weights = matrix.placed(
        engine.design(dataclasses.replace(base, options=(("cutoff_km", 1800),)), store), store
    )
    codes, km = store.distances("city")
    at = [codes.index(unit) for unit in data.units]
    expected = builders.inverse_distance(data.units, km[np.ix_(at, at)], cutoff=1800.0)
    assert weights.labels == expected.labels
    np.testing.assert_allclose(weights.matrix, expected.matrix, rtol=1e-12)
    near = dataclasses.replace(base, weights="nearest", options=(("neighbours", 4),))
    _, weights = matrix.placed(engine.design(near, store), store)
    assert set((weights.matrix > 0).sum(axis=1)) == {4}


def test_draws_that_an_estimator_did_not_ask_for_are_not_said():
    asked = Resampling(Inference("wild_webb", "unit", 99, 7))
    assert asked.used == {"draws": None, "seed": None}
    assert (asked.draws, asked.seed, asked.declared) == (99, 7, True)
    assert asked.used == {"draws": 99, "seed": 7}
    assert not Resampling(Inference("crv1", "unit")).declared
