"""Blocks of a lattice against columns of the engine: on the data, and under a deal.

SAME: the same regression through another door. DEALT: a panel in which the paths were exchanged by
hand, read back through the whole engine.
"""

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone import engine, estimates, exhibits
from pilotzone.catalogue import Lattice, Specification
from pilotzone.engine.lattice import FREE, RollOut, counted, regressions, staggered
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.dose_dynamic import dose_dynamic
from pilotzone.methods.factors.counterfactual import counterfactual
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

SAME, DEALT = 1e-10, 1e-9
PROVINCES = Lattice(
    outcomes=("nqp", "nqp_equal"),
    treatments=("zone_first", "zone_share__next_year", "zone_count__exposure"),
    samples=("main", "no_municipalities"),
    controls=("openness", "finance"),
    effects=("two_way", "region_year", "unit_trends"),
    staggered=("callaway_santanna", "imputation"),
)
CITIES = Lattice(
    outcomes=("nqp_city", "nqp_city_digital"),
    treatments=("zone_city", "zone_city__exposure"),
    samples=("balanced", "city"),
    controls=("finance",),
    effects=("two_way", "unit_trends", "size_year"),
)


class World:
    """A store whose panel is another one, and everything else as it is."""

    def __init__(self, store, panel):
        self._store, self._panel = store, panel

    def panel(self, name):
        return self._panel if name == self._panel.id else self._store.panel(name)

    def __getattr__(self, name):
        return getattr(self._store, name)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


def rollout(lattice, store, draws=9, within="region3"):
    return RollOut.of(lattice, store, draws, 7, within)


def column(choice):
    subset = tuple(filter(None, choice["controls"].split("+"))) or "none"
    named = ("outcome", "treatment", "sample", "effects")
    return Specification(**{name: choice[name] for name in named}, controls=subset)


@pytest.mark.parametrize("lattice", [PROVINCES, CITIES], ids=["province", "city"])
def test_the_data_give_the_columns_of_the_engine(lattice, store):
    dealt = rollout(lattice, store)
    compared = 0
    for sample, subset in itertools.product(lattice.samples, lattice.subsets[::-1][:2]):
        for found in list(regressions(lattice, sample, subset, dealt, store))[::2]:
            spec = column(found.choice)
            result = engine.estimate(spec, store)
            row = result.terms.set_index("term").loc[spec.treatment]
            estimate = found.estimates[FREE][0] * found.choice["sd_outcome"]
            assert estimate == pytest.approx(row["estimate"], rel=SAME, abs=1e-14)
            assert found.t[FREE][0] == pytest.approx(row["statistic"], rel=1e-8)
            assert found.df == float(row["df"])
            assert found.choice["nobs"] == result.model["nobs"]
            assert found.choice["way"] == "products"
            compared += 1
    assert compared >= 20


def test_a_deal_is_the_panel_with_paths_exchanged(store):
    lattice, draw = PROVINCES, 4
    dealt = rollout(lattice, store)
    panel = store.panel("province")
    for way in (FREE, "region3"):
        order = dealt.orders[way][draw]
        frame = panel.frame.copy()
        giver = dict(zip(dealt.units, dealt.units[order], strict=True))
        for name in lattice.treatments:
            table = frame.set_index([panel.unit, panel.period])[name]
            keys = zip(frame[panel.unit].astype(str).map(giver), frame[panel.period], strict=True)
            frame[name] = [table.loc[key] for key in keys]
        world = World(store, dataclasses.replace(panel, frame=frame))
        found = list(regressions(lattice, "no_municipalities", ("openness",), dealt, store))
        for one in found[::5]:
            row = engine.estimate(column(one.choice), world).terms.set_index("term")
            row = row.loc[one.choice["treatment"]]
            made = one.estimates[way][draw] * one.choice["sd_outcome"]
            assert made == pytest.approx(row["estimate"], rel=DEALT, abs=1e-13)
            assert one.t[way][draw] == pytest.approx(row["statistic"], rel=1e-7)
    groups = panel.frame.groupby(panel.unit)["region3"].first()
    order = dealt.orders["region3"]
    assert (groups.to_numpy()[order] == groups.to_numpy()[dealt.moved]).all()


def test_staggered_estimators_are_those_of_the_engine(store):
    found = list(staggered(PROVINCES, "main", rollout(PROVINCES, store), store))
    assert {one.choice["estimator"] for one in found} == set(PROVINCES.staggered)
    for one in found:
        choice = one.choice
        given = {name: choice[name] for name in ("outcome", "treatment", "sample", "estimator")}
        row = engine.estimate(Specification(**given), store).terms.set_index("term")
        row = row.loc["overall:simple"]
        assert one.estimates[FREE][0] * choice["sd_outcome"] == pytest.approx(row["estimate"])
        assert one.df is None
        assert np.isfinite(one.t[FREE]).all()
    # Where units are left out a deal is no permutation of the cohorts.
    assert not list(staggered(PROVINCES, "no_municipalities", rollout(PROVINCES, store), store))


DOSES = dataclasses.replace(PROVINCES, staggered=("dose_dynamic",))


def test_effects_of_doses_are_those_of_the_method_under_each_deal(store):
    dealt = rollout(DOSES, store)
    found = {
        (one.choice["outcome"], one.choice["treatment"]): one
        for one in staggered(DOSES, "main", dealt, store)
    }
    assert set(found) == {(y, d) for y in DOSES.outcomes for d in DOSES.treatments[1:]}
    panel = store.panel("province")
    rows = panel.frame[panel.frame["year"].between(2013, 2022)].sort_values([panel.unit, "year"])
    units, years = np.unique(rows[panel.unit]), np.unique(rows["year"])
    for (outcome, treatment), one in found.items():
        paths = dealt.deals(treatment, units, years)
        for way in dealt.orders:
            for r in (0, 4):
                dose = paths.paths[paths.codes[way][r]].ravel()
                made = dose_dynamic(rows[outcome], rows[panel.unit], rows["year"], dose)
                spread = one.choice["sd_outcome"]
                assert_allclose(one.estimates[way][r] * spread, made.average, rtol=SAME)
                assert_allclose(one.t[way][r], made.average / made.average_error, rtol=SAME)
        assert one.df == made.used.sum() - 1


FACTORS = Lattice(
    outcomes=("nqp_city",),
    treatments=("zone_city__same_year",),
    samples=("balanced", "city"),
    staggered=("interactive_effects", "matrix_completion"),
)
# Of fits that end where a step changes less than 1e-7 of them.
ENDED = 1e-5


def test_effects_beside_factors_are_those_of_the_method_under_each_deal(store):
    dealt = rollout(FACTORS, store, draws=3)
    found = {one.choice["estimator"]: one for one in staggered(FACTORS, "balanced", dealt, store)}
    assert set(found) == set(FACTORS.staggered)
    # Units that are not dealt have no place in a sample of factors.
    assert not list(staggered(FACTORS, "city", dealt, store))
    panel = store.panel("city")
    inside = np.isin(panel.frame[panel.unit], dealt.units[dealt.moved])
    rows = panel.frame[inside].sort_values([panel.unit, "year"])
    units, years = np.unique(rows[panel.unit]), np.unique(rows["year"])
    paths = dealt.deals("zone_city__same_year", units, years)
    first = np.where(paths.paths.any(axis=1), years[paths.paths.argmax(axis=1)], 0)
    arrays = rows["nqp_city"], rows[panel.unit], rows["year"]
    for kind, estimator in zip(("interactive", "completion"), FACTORS.staggered, strict=True):
        one = found[estimator]
        of_data = counterfactual(
            *arrays, np.repeat(first[paths.codes[FREE][0]], 10), kind=kind, errors="none", placebo=0
        )
        held = {"rank": of_data.rank} if kind == "interactive" else {"penalty": of_data.penalty}
        for way, r in itertools.product(dealt.orders, (0, 2)):
            cohort = np.repeat(first[paths.codes[way][r]], len(years))
            made = counterfactual(*arrays, cohort, kind=kind, **held, errors="none", placebo=0)
            estimate, gaps = made.estimates[0], made.effects
            cells = np.isfinite(gaps).sum(axis=1)
            own = np.nansum(gaps, axis=1) - cells * estimate
            error = np.sqrt((own**2).sum()) / cells.sum()
            scale = one.choice["sd_outcome"]
            assert one.estimates[way][r] * scale == pytest.approx(estimate, abs=ENDED * scale)
            assert one.t[way][r] == pytest.approx(estimate / error, abs=100 * ENDED)
        assert one.df is None


def test_units_outside_the_first_sample_keep_their_paths(store):
    dealt = rollout(CITIES, store)
    assert len(dealt.moved) == 229 < len(dealt.units)
    panel = store.panel("city")
    periods = np.unique(panel.frame[panel.period])
    codes = dealt.deals("zone_city", dealt.units, periods).codes[FREE]
    outside = np.setdiff1d(np.arange(len(dealt.units)), dealt.moved)
    assert (codes[:, outside] == codes[0, outside]).all()
    assert (np.sort(codes[:, dealt.moved], axis=1) == np.sort(codes[0, dealt.moved])).all()


def test_the_combinations_of_the_coding_matrix_are_its_columns(store, root):
    literal = exhibits.load("coding_matrix")
    columns = literal.columns
    lattice = exhibits.load("coding_matrix_joint").describe.lattice
    assert lattice.count == len(columns) == 1_200
    table = estimates.read(root / "output/estimates/coding_matrix.csv")
    ids = dict(zip(literal.column_ids(), columns, strict=True))
    known = {
        (c.rows.id, bool(c.control_variables), c.treatment, c.outcome): i for i, c in ids.items()
    }
    estimate = table.set_index(["column", "term"])["estimate"].to_dict()
    dealt = rollout(lattice, store, draws=1, within="")
    compared = 0
    for sample, subset in itertools.product(lattice.samples, lattice.subsets):
        for one in regressions(lattice, sample, subset, dealt, store):
            choice = one.choice
            key = (sample, bool(subset), choice["treatment"], choice["outcome"])
            there = estimate[known[key], choice["treatment"]]
            made = one.estimates[FREE][0] * choice["sd_outcome"]
            assert made == pytest.approx(there, rel=1e-9, abs=1e-12)
            compared += 1
    assert compared == len(columns)


def test_a_tally_has_a_row_for_each_specification(store):
    found = list(regressions(PROVINCES, "main", (), rollout(PROVINCES, store), store))
    rows, tallies = counted(iter(found), 9, (FREE, "region3"), 1)
    assert len(rows) == len(found) == 18
    assert {tally.specifications for tally in tallies.values()} == {18}
    first = pd.Series([one.estimates[FREE][0] for one in found])
    assert rows["estimate"].tolist() == first.tolist()


def test_a_treatment_that_never_varies_is_refused_with_its_sample(store):
    panel = store.panel("province")
    frame = panel.frame.assign(always=panel.frame["year"] >= 2016)
    frame["always"] = frame["always"].astype(float)
    world = World(store, dataclasses.replace(panel, frame=frame))
    lattice = dataclasses.replace(PROVINCES, treatments=("zone_first", "always"), staggered=())
    dealt = rollout(lattice, world)
    with pytest.raises(UserError, match="treatment 'always' does not vary within two_way"):
        list(regressions(lattice, "main", (), dealt, world))


def test_paths_that_can_be_dealt_in_few_ways_are_refused(store):
    panel = store.panel("province")
    one = (panel.frame[panel.unit] == panel.frame[panel.unit].iloc[0]) & (panel.frame.year > 2015)
    frame = panel.frame.assign(single=one.astype(float))
    frame = frame[frame[panel.unit].isin(sorted(frame[panel.unit].unique())[:12])]
    world = World(store, dataclasses.replace(panel, frame=frame.reset_index(drop=True)))
    lattice = Lattice(outcomes=("nqp",), treatments=("single",))
    with pytest.raises(NotIdentified) as raised:
        rollout(lattice, world, within="")
    assert raised.value.reason.code == "few_paths"
