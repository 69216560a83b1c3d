"""The province panel: completeness, published facts about it, refusals.

Weights and shares that the sources state to three digits are compared at 5e-4.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue import codebook
from pilotzone.catalogue.controls import variables
from pilotzone.catalogue.indicators import NQP, Indicator, System
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.errors import UserError
from pilotzone.panels import construct, province, province_indices

MAIN = slice(2013, 2022)


@pytest.fixture
def frame(province_panel):
    return province_panel.frame.set_index(["province_code", "year"]).sort_index()


@pytest.fixture
def weights(province_panel):
    return province_panel.index_weights.set_index(["variant", "indicator"])["weight"]


def rebuilt(figures, **changes):
    return province.build(dataclasses.replace(figures, **changes))


def without_cells(figures, mask):
    rows = figures.province_figures
    return rows[~mask(rows)]


def test_shape_keys_and_order(province_panel):
    frame = province_panel.frame
    assert len(frame) == 30 * 13
    assert frame["province_code"].nunique() == 30
    assert "540000" not in set(frame["province_code"])
    assert not frame.duplicated(["province_code", "year"]).any()
    assert frame.equals(frame.sort_values(["province_code", "year"]))


def test_main_is_complete_and_nothing_is_filled_outside(frame):
    inside = frame.loc[(slice(None), MAIN), :]
    required = [*NQP.ids, *variables("baseline"), "nqp", "nqp_no_ecommerce", "cbec_proxy"]
    assert not inside[required].isna().any(axis=None)
    outside = frame.drop(inside.index)
    assert outside[["nqp", "nqp_no_ecommerce", "cbec_proxy"]].isna().all(axis=None)
    assert not frame["nqp_long"].isna().any()
    assert frame.loc[(slice(None), [2011, 2012]), "ecommerce_intensity"].isna().all()


def test_every_column_is_in_the_codebook_with_short_stata_names(province_panel):
    book = codebook.codebook("province")
    assert set(province_panel.frame.columns) == set(book)
    names = [book[c]["stata_name"] for c in province_panel.frame.columns]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= 32


def test_weights_that_the_leverage_of_two_cities_is_stated_by(province_panel, weights):
    assert weights["nqp", "optical_cable_density"] == pytest.approx(0.127, abs=5e-4)
    assert weights["nqp", "invention_patents_per_10k"] == pytest.approx(0.172, abs=5.5e-4)
    for left_out, indicator, value in (
        ("310000", "optical_cable_density", 0.082),
        ("110000", "invention_patents_per_10k", 0.130),
    ):
        every = province_panel.frame
        rest = every[every["province_code"] != left_out]
        _, table = construct.score_variant(rest, province_indices.VARIANTS[0], province.SOURCE)
        found = table.set_index("indicator")["weight"][indicator]
        assert found == pytest.approx(value, abs=5e-4)


def test_variants_are_ten_and_each_has_its_indicators(weights):
    counts = weights.groupby("variant").size()
    years = {f"nqp_by_year:{year}": 15 for year in range(2013, 2023)}
    pooled = dict.fromkeys(
        ("nqp", "nqp_equal", "nqp_frozen", "nqp_critic", "nqp_topsis", "nqp_pca", "nqp_shifted"), 15
    )
    assert counts.to_dict() == years | pooled | {"nqp_no_ecommerce": 14, "nqp_long": 13}


def test_the_index_by_hand_for_one_cell(frame):
    inside = frame.loc[(slice(None), MAIN), list(NQP.ids)]
    z = (inside - inside.min()) / (inside.max() - inside.min())
    z["so2_intensity"] = 1 - z["so2_intensity"]
    p = z / z.sum()
    e = -(p * np.log(p.where(p > 0, 1.0))).sum() / np.log(300)
    w = (1 - e) / (1 - e).sum()
    np.testing.assert_allclose(frame.loc[inside.index, "nqp"], z @ w, rtol=1e-12)


def test_the_proxy_by_hand(frame):
    inside = frame.loc[(slice(None), MAIN), :]
    parts = inside[["ecommerce_turnover_intensity", "openness"]]
    z = (parts - parts.min()) / (parts.max() - parts.min())
    np.testing.assert_allclose(inside["cbec_proxy"], np.sqrt(z.prod(axis=1)), rtol=1e-12)


def test_plausible_levels(frame):
    assert frame.loc[("110000", 2022), "gdp_per_capita"] == pytest.approx(207_000, rel=0.01)
    assert frame.loc[("310000", 2022), "urbanisation"] == pytest.approx(0.893, abs=0.005)
    assert frame.loc[("440000", 2022), "openness"] == pytest.approx(0.64, abs=0.03)
    assert frame.loc[("110000", 2022), "rd_intensity"] == pytest.approx(0.063, abs=0.001)


def test_the_order_of_the_figures_does_not_matter(figures, province_panel):
    shuffled = figures.province_figures.sample(frac=1, random_state=1)
    again = rebuilt(figures, province_figures=shuffled)
    pd.testing.assert_frame_equal(again.frame, province_panel.frame, rtol=1e-12)


def test_a_missing_cell_of_a_required_sample_names_unit_year_and_source(figures):
    def cell(rows):
        return (
            (rows["province_code"] == "330000")
            & (rows["year"] == 2016)
            & (rows["variable"] == "rd_personnel_fte")
        )

    with pytest.raises(UserError, match="330000 2016 has no rd_personnel_fte") as caught:
        rebuilt(figures, province_figures=without_cells(figures, cell))
    assert "rd_personnel_per_10k" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_zero_below_the_line_is_refused(figures):
    rows = figures.province_figures.copy()
    rows.loc[
        (rows["province_code"] == "330000")
        & (rows["year"] == 2016)
        & (rows["variable"] == "population_10k"),
        "value",
    ] = 0.0
    with pytest.raises(UserError, match="infinite for 330000 2016"):
        rebuilt(figures, province_figures=rows)


def test_a_constant_indicator_is_refused(figures):
    rows = figures.province_figures.copy()
    rows.loc[rows["variable"] == "digital_finance_index", "value"] = 7.0
    with pytest.raises(UserError, match="indicator 'digital_finance_index' is constant"):
        rebuilt(figures, province_figures=rows)


def test_two_vintages_of_product_never_meet_in_one_ratio(figures):
    mixed = System(
        "mixed",
        (Indicator("e", "x", "gdp_as_published_100m_cny / gdp_100m_cny", "+"),),
    )
    with pytest.raises(UserError, match="vintage"):
        province.own_index(figures, mixed)


def test_a_readers_own_system_gives_its_index(figures):
    own = System(
        "green",
        (
            Indicator("air", "so2", "so2_10kt / gdp_100m_cny", "-"),
            Indicator("budget", "share", NQP.indicators[4].formula, "+"),
        ),
    )
    frame, weights = province.own_index(figures, own)
    assert len(frame) == 300
    assert weights["weight"].sum() == pytest.approx(1.0, abs=1e-12)
    assert frame["green"].between(0, 1).all()


def test_the_flow_counts_every_row(province_panel):
    flow = province_panel.flow.set_index(["sample", "step"])
    for sample in flow.index.unique("sample"):
        steps = flow.loc[sample]
        assert (
            (steps["rows"].shift().iloc[1:] - steps["rows"].iloc[1:])
            .eq(steps["dropped"].iloc[1:])
            .all()
        )
    last = province_panel.flow.groupby("sample").last()
    expected = {
        name: (30 - len(sample.excluded) + 1) * (sample.last_year - sample.first_year + 1)
        for name, sample in SAMPLES.items()
        if sample.panel in ("province", "province_2024")
    }
    assert last["rows"].to_dict() == expected
    assert {k: expected[k] for k in ("long", "main", "no_municipalities", "pre_covid")} == {
        "long": 390,
        "main": 300,
        "no_municipalities": 260,
        "pre_covid": 210,
    }


def test_the_service_pilots_of_the_sample_are_those_of_the_table(figures):
    listed = set(figures.policies["service_pilots"]["unit_code"].str[:2] + "0000")
    assert set(SAMPLES["no_service_pilots"].excluded) == listed | {"540000"}


def test_concepts_and_rebuilt_indices_have_their_indicators(province_panel):
    counts = province_panel.rebuilt_weights.groupby("variant").size().to_dict()
    assert counts == {
        "concept_coordination": 2,
        "concept_green": 3,
        "concept_innovation": 4,
        "concept_openness": 1,
        "concept_sharing": 3,
        "nqp_digital_infrastructure": 2,
        "nqp_green": 3,
        "nqp_labourers": 3,
        "nqp_means_no_ecommerce": 7,
        "nqp_no_digital_finance": 14,
        "nqp_no_ecommerce_equal": 14,
        "nqp_no_ecommerce_no_digital_finance": 13,
        "nqp_no_ecommerce_no_rd_intensity": 13,
        "nqp_no_ecommerce_no_technology_turnover": 13,
        "nqp_no_ecommerce_winsorised": 14,
        "nqp_objects_of_labour": 4,
        "nqp_skills": 2,
        "nqp_technology": 3,
        "nqp_winsorised": 15,
    }


def test_elements_cover_the_index_without_e_commerce_once(province_panel):
    weights = province_panel.rebuilt_weights.set_index("variant")["indicator"]
    elements = ["nqp_labourers", "nqp_objects_of_labour", "nqp_means_no_ecommerce"]
    assert tuple(weights[elements]) == NQP.without("ecommerce_intensity").ids


def test_the_score_of_a_group_by_hand(frame):
    """Entropy over its own indicators on the main sample, one of them reversed."""
    names = ["environment_budget_share", "so2_intensity", "nonthermal_power_share"]
    inside = frame.loc[(slice(None), MAIN), names]
    z = (inside - inside.min()) / (inside.max() - inside.min())
    z["so2_intensity"] = 1 - z["so2_intensity"]
    p = z / z.sum()
    d = 1 + (p * np.log(p.where(p > 0, 1.0))).sum() / np.log(300)
    found = frame["nqp_green"]
    np.testing.assert_allclose(found[inside.index], z @ (d / d.sum()), rtol=1e-12)
    assert found.drop(inside.index).isna().all()


def test_e_commerce_of_firms_and_parcels_are_empty_before_they_are_printed(frame):
    for name, first in (("ecommerce_firm_share", 2015), ("express_per_capita", 2016)):
        there = frame[name].notna()
        years = frame.index.get_level_values("year")
        assert (there == (years >= first)).all()
    # 22.904 billion parcels and 65.77 million persons; a fifth of firms in Beijing in 2017.
    assert frame.loc[("330000", 2022), "express_per_capita"] == pytest.approx(348.25, abs=0.005)
    assert frame.loc[("110000", 2017), "ecommerce_firm_share"] == pytest.approx(0.19, abs=1e-12)


def test_winsorising_does_not_move_the_odd_cell_of_tianjin(frame):
    # Its environment budget of 2019 is the maximum of the indicator: cut at the 99th percentile it
    # is still the maximum, z = 1, and lifts the index by as much as before (0.02).
    odd = frame.loc[("120000", 2019), ["nqp", "nqp_winsorised"]]
    around = frame.loc[("120000", [2018, 2020]), ["nqp", "nqp_winsorised"]].mean()
    assert (odd - around)["nqp"] == pytest.approx(0.021, abs=0.001)
    assert (odd - around)["nqp_winsorised"] == pytest.approx(0.023, abs=0.001)


def test_five_matrices_on_the_units_of_the_panel(province_panel):
    codes = tuple(sorted(province_panel.frame["province_code"].unique()))
    names = [matrix.name for matrix in province_panel.weights]
    assert names == [
        "contiguity",
        "inverse_distance",
        "inverse_distance_squared",
        "economic",
        "nested",
    ]
    for matrix in province_panel.weights:
        assert matrix.labels == codes
        np.testing.assert_allclose(matrix.matrix.sum(axis=1), 1.0, rtol=1e-12)
    contiguity = province_panel.weights[0]
    hainan = contiguity.matrix[contiguity.labels.index("460000")]
    assert [codes[j] for j in np.flatnonzero(hainan)] == ["440000"]
