"""The measure exhibits on the panel: nothing dropped, sums that hold, figures done another way.

EXACT: sums of at most 900 numbers of order one, read back with twelve digits.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import engine, estimates, exhibits
from pilotzone.catalogue.controls import CONTROLS
from pilotzone.catalogue.indicators import NQP, TOI
from pilotzone.engine.coupling import _elements
from pilotzone.engine.inequality import gini
from pilotzone.engine.sample_rows import rows_of
from pilotzone.errors import UserError
from pilotzone.methods.disparity import coupling as of_coupling
from pilotzone.panels.store import FolderStore

pytestmark = pytest.mark.slow

EXACT = 1e-9
IDS = ("coupling", "measure_gini", "measure_convergence", "measure_kernel", "measure_markov")
VARIANTS = {"nqp", "nqp_no_ecommerce", "nqp_by_year"}


@pytest.fixture(scope="module")
def made(built, tmp_path_factory):
    """Return the parts of each exhibit as written and read again.

    With few draws: nothing here rests on their number.
    """
    folder, store = tmp_path_factory.mktemp("estimates"), FolderStore(built)
    parts = {}
    for exhibit_id in IDS:
        exhibit = exhibits.load(exhibit_id)
        few = dataclasses.replace(exhibit.describe, draws=exhibit.describe.draws and 99)
        written = estimates.write(folder, exhibit_id, exhibit, engine.described(few, store))
        parts[exhibit_id] = {path.stem.partition(".")[2]: estimates.read(path) for path in written}
    return parts


@pytest.fixture
def main(panels):
    frame = panels.panel("province").frame
    inside = frame["year"].between(2013, 2022)
    return frame[inside].sort_values(["province_code", "year"]).reset_index(drop=True)


def test_every_exhibit_has_all_variants_provinces_and_years(made):
    for exhibit_id in IDS[1:]:
        for part, table in made[exhibit_id].items():
            assert set(table["variant"]) == VARIANTS, (exhibit_id, part)
    assert len(made["coupling"][""]) == 3 * 300
    assert set(made["measure_kernel"]["shape"]["nobs"]) == {30}
    assert set(made["measure_markov"]["classes"].groupby("variant")["nobs"].sum()) == {300}
    of_year = made["measure_gini"][""].groupby(["variant", "measure", "part"]).size()
    assert set(of_year) == {10}


def test_parts_of_both_measures_sum_to_their_total(made, main):
    table = made["measure_gini"][""].set_index(["variant", "year", "measure", "part"])["value"]
    wide = table.unstack("part")
    parts = wide[["within", "between", "transvariation"]].sum(axis=1)
    assert parts.to_numpy() == pytest.approx(wide["total"].to_numpy(), abs=EXACT)
    rows = made["measure_gini"]["contributions"]
    contributed = rows[["within", "between", "transvariation"]].sum(axis=1)
    by_group = rows.assign(all=contributed).groupby(["variant", "year", "measure"])
    assert by_group["all"].sum().to_numpy() == pytest.approx(wide["total"].to_numpy(), abs=EXACT)
    assert by_group["share"].sum().to_numpy() == pytest.approx(1, abs=EXACT)
    # The Gini coefficient by ranks instead of differences.
    for (variant, year), total in wide.xs("dagum", level="measure")["total"].items():
        y = np.sort(main.loc[main["year"] == year, variant].to_numpy())
        ranked = 2 * (np.arange(1, 31) * y).sum() / (30 * y.sum()) - 31 / 30
        assert total == pytest.approx(ranked, abs=EXACT)


def test_the_spread_is_that_of_the_panel(made, main):
    table = made["measure_convergence"][""].set_index(["variant", "year", "statistic"])["value"]
    for variant in VARIANTS:
        by_year = main.groupby("year")[variant]
        found = table[variant].unstack("statistic")
        expected = (by_year.std() / by_year.mean()).to_numpy()
        assert found["cv"].to_numpy() == pytest.approx(expected, rel=EXACT)
        assert found["max"].to_numpy() == pytest.approx(by_year.max().to_numpy(), rel=EXACT)


def test_statsmodels_gives_the_conditional_regression(made, main):
    import statsmodels.formula.api as smf

    rows = main.assign(level=np.log(main["nqp"]))
    rows["growth"] = rows.groupby("province_code")["level"].shift(-1) - rows["level"]
    rows = rows.dropna(subset="growth")
    right = " + ".join(("level", *CONTROLS["baseline"].variables))
    other = smf.ols(f"growth ~ {right} + C(province_code) + C(year)", rows).fit()
    beta = made["measure_convergence"]["beta"].set_index(["variant", "model", "term"])
    found = beta.loc[("nqp", "two_way_controls", "initial"), "estimate"]
    assert found == pytest.approx(other.params["level"], rel=1e-7)
    fits = made["measure_convergence"]["fits"].set_index(["variant", "model"])
    assert fits.loc[("nqp", "two_way_controls"), "nobs"] == len(rows) == 270


def test_speed_and_half_life_follow_from_the_coefficient(made):
    beta = made["measure_convergence"]["beta"].set_index(["variant", "model", "term"])["estimate"]
    for (variant, model), terms in beta.groupby(level=["variant", "model"]):
        steps = 9 if model == "cross_section" else 1
        expected = -np.log(1 + steps * terms[variant, model, "initial"]) / steps
        assert terms[variant, model, "speed"] == pytest.approx(expected, rel=EXACT)
        assert terms[variant, model, "half_life"] == pytest.approx(np.log(2) / expected, rel=EXACT)


def test_curves_hold_all_of_the_mass(made):
    for _, curve in made["measure_kernel"][""].groupby(["variant", "year"]):
        curve = curve.sort_values("point")
        # Three bandwidths beyond the values leave 0.13 % of a kernel at most on either side.
        assert np.trapezoid(curve["density"], curve["x"]) == pytest.approx(1, abs=0.003)


def test_transitions_are_those_of_the_panel(made, main, panels):
    table = made["measure_markov"][""]
    whole, apart = table[table["lag"] == "all"], table[table["lag"] != "all"]
    assert set(whole.groupby("variant")["transitions"].sum()) == {270}
    assert set(apart.groupby("variant")["transitions"].sum()) == {270}
    rows = table[table["probability"].notna()].groupby(["variant", "lag", "origin"])
    assert rows["probability"].sum().to_numpy() == pytest.approx(1, abs=EXACT)
    # The class of the neighbours, one province at a time.
    neighbours = pd.read_csv(panels.folder / "weights/contiguity.csv", dtype={"unit": str})
    neighbours = neighbours.set_index("unit")
    y = main.pivot(index="province_code", columns="year", values="nqp")
    cuts = pd.qcut(y.stack(), 4, labels=False).unstack() + 1
    bounds = made["measure_markov"]["classes"].query("variant == 'nqp'")["high"].to_numpy()[:3]
    mean = y[2013][neighbours.columns[neighbours.loc["330000"] > 0]].mean()
    lag = str(int((mean > bounds).sum()) + 1)
    cells = apart[apart["variant"] == "nqp"].set_index(["lag", "origin", "destination"])
    step = (lag, cuts.loc["330000", 2013], cuts.loc["330000", 2014])
    assert cells.loc[step, "transitions"] >= 1
    counted = pd.crosstab(cuts.iloc[:, :-1].to_numpy().ravel(), cuts.iloc[:, 1:].to_numpy().ravel())
    found = whole[whole["variant"] == "nqp"].pivot(
        index="origin", columns="destination", values="transitions"
    )
    expected = counted.reindex(index=[1, 2, 3, 4], columns=[1, 2, 3, 4], fill_value=0)
    assert found.to_numpy() == pytest.approx(expected.to_numpy())


def test_ergodic_shares_sum_to_one_where_a_chain_has_them(made):
    parts = made["measure_markov"]
    sums = parts["ergodic"].groupby(["variant", "lag"])["share"].sum()
    assert sums.to_numpy() == pytest.approx(1, abs=EXACT)
    chains = parts["chains"].set_index(["variant", "lag"])
    assert set(sums.index) == set(chains.index[chains["identified"] == "yes"])
    assert (chains.loc[chains["identified"] == "no", "reason"] != "").all()


def test_degrees_follow_from_the_levels(made):
    levels = made["coupling"]["levels"]
    u = levels.pivot(index=["system", "province_code", "year"], columns="part", values="value")
    degrees = made["coupling"][""].set_index(["system", "province_code", "year"])
    for system, rows in u.groupby(level="system"):
        rows = rows.dropna(axis=1)
        assert (rows.min() == 0).all()
        assert (rows.max() == 1).all()
        k = rows.shape[1]
        assert k == (2 if system == "index_ecommerce" else 3)
        found = degrees.loc[rows.index]
        assert found["degree"].to_numpy() == pytest.approx(
            np.sqrt(rows.prod(axis=1) ** (1 / k)).to_numpy(), abs=EXACT
        )
        assert (found["class"] == of_coupling.classes(found["degree"])).all()
        statistics = made["coupling"]["statistics"].set_index(["system", "year", "statistic"])
        value = statistics.loc[(system, "all", "correlation_degree_level"), "value"]
        expected = np.corrcoef(found["degree"], rows.mean(axis=1))[0, 1]
        assert value == pytest.approx(expected, abs=EXACT)
        zeros = statistics.loc[(system, "all", "cells_without_degree"), "value"]
        assert zeros == (rows == 0).any(axis=1).sum()


def test_the_elements_weighted_by_their_sums_are_the_index(panels, main):
    scores, _ = _elements(rows_of(exhibits.load("coupling").describe, panels), panels)
    weights = panels.table("province_index_weights")
    weights = weights[weights["variant"] == "nqp"].set_index("indicator")["weight"]
    element = pd.Series({i.id: i.element for i in NQP.indicators})
    sums = weights.groupby(element).sum()
    whole = (scores * sums[scores.columns]).sum(axis=1)
    assert whole.to_numpy() == pytest.approx(main["nqp"].to_numpy(), abs=EXACT)


def test_indicators_of_the_three_systems_are_in_the_panel_and_weigh_alike(made, main):
    rows = made["coupling"]["indicators"]
    own = rows[rows["system"] == TOI.id]
    assert set(own["indicator"]) == set(TOI.ids) <= set(main.columns)
    assert rows.groupby(["system", "part"])["weight"].sum().to_numpy() == pytest.approx(
        1, abs=EXACT
    )
    assert (own.groupby("part")["weight"].nunique() == 1).all()


def test_a_missing_cell_is_named(panels):
    frame = panels.panel("province").frame.copy()
    frame.loc[(frame["province_code"] == "330000") & (frame["year"] == 2015), "nqp"] = np.nan

    class Other:
        def panel(self, name):
            import dataclasses

            return dataclasses.replace(panels.panel(name), frame=frame)

    with pytest.raises(UserError, match="'nqp' is missing for 330000 2015"):
        gini(exhibits.load("measure_gini").describe, Other())
