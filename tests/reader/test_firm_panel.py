"""A reader's firms: fields, index, rules, places, and what is refused in which words.

The firms are made up with known indicators (tests/fixtures/firms.py); WRITTEN is the rounding of
accounts that are written out and divided again.
"""

import dataclasses
import re
from pathlib import Path
from string import Formatter

import numpy as np
import pandas as pd
import pytest

from pilotzone.catalogue.controls import variables
from pilotzone.catalogue.indicators import NQP_FIRM, RD_LINES
from pilotzone.catalogue.phrasebook import REASONS
from pilotzone.catalogue.samples import FIRM_RULES
from pilotzone.catalogue.treatments import TIMINGS, treatment_id
from pilotzone.errors import Reason, UserError, decode, encode
from pilotzone.panels import rollout
from pilotzone.panels.samples import member_rows
from pilotzone.reader import firm, firm_config, firm_variables, tabular
from pilotzone.reader.firm_config import FIELDS, read_config

WRITTEN = 1e-9
SMALL = {"firms": 150, "years": 8, "cities": 24}


@pytest.fixture(scope="module")
def made(made_up, places):
    return made_up.make(7, figures=places, **SMALL)


@pytest.fixture(scope="module")
def build(made, places):
    """Build a panel from changed rows and a changed configuration."""

    def run(change=lambda frame: frame, **config):
        frame = change(made.frame.copy()).reset_index(drop=True)
        columns = {name: name for name in FIELDS if name in frame}
        table = dataclasses.replace(made, frame=frame).table
        chosen = dataclasses.replace(made.config, **{"columns": columns, **config})
        return firm.build(table, chosen, places)

    return run


@pytest.fixture(scope="module")
def usual(build):
    return build()


@pytest.fixture(scope="module")
def whole(build):
    return build(winsorise=False)


def said(panel, *words):
    lines = [line for line in panel.notes if all(word in line for word in words)]
    assert len(lines) == 1, panel.notes
    return lines[0]


def home(panel):
    return panel.panel.frame[member_rows(panel.samples["firm"], panel.panel.frame, "firm")]


# --- fields, indicators, index ----------------------------------------------------------------


def test_the_accounts_give_back_the_indicators_from_which_they_were_made(whole, made):
    rows = whole.panel.frame
    source = made.frame.set_index(["firm", "year"]).loc[
        list(zip(rows.firm, rows.year, strict=True))
    ]
    by_hand = {
        "rd_pay_share": source.rd_pay / source.revenue,
        "asset_turnover": 2 * source.revenue / (source.total_assets + source.total_assets_opening),
        "equity_share": source.equity / source.total_assets,
        "educated_share": source.educated_staff / source.employees,
    }
    paid = source.goods_paid + source.staff_paid
    costs = source.operating_outflow + source.depreciation + source.amortisation + source.impairment
    by_hand["manufacturing_cost_share"] = (costs - paid) / costs
    for name, values in by_hand.items():
        np.testing.assert_allclose(rows[name], values, rtol=WRITTEN, err_msg=name)


def test_the_index_is_the_entropy_index_by_hand(whole):
    rows, names = home(whole), list(NQP_FIRM.ids)
    x = rows[names].to_numpy()
    z = (x - x.min(axis=0)) / np.ptp(x, axis=0)
    p = z / z.sum(axis=0)
    logs = np.log(np.where(p > 0, p, 1.0))
    divergence = 1 + (p * logs).sum(axis=0) / np.log(len(z))
    weights = divergence / divergence.sum()
    found = whole.tables["firm_index_weights"].query("variant == 'nqp_firm'")
    np.testing.assert_allclose(
        found.set_index("indicator").loc[names, "weight"], weights, rtol=1e-9
    )
    np.testing.assert_allclose(rows["nqp_firm"], z @ weights, rtol=1e-9)


def test_the_index_without_rd_has_no_rd_line_and_weights_anew(whole):
    weights = whole.tables["firm_index_weights"]
    kept = weights.query("variant == 'nqp_firm_without_rd'").set_index("indicator")["weight"]
    assert set(kept.index) == set(NQP_FIRM.ids) - set(RD_LINES)
    assert kept.sum() == pytest.approx(1, abs=1e-12)
    years = weights[weights["variant"].str.startswith("nqp_firm_by_year:")]
    assert years.groupby("variant")["weight"].sum().to_numpy() == pytest.approx(1, abs=1e-12)
    assert years["variant"].nunique() == SMALL["years"]


def test_the_index_is_on_the_main_sample_alone(usual):
    frame = usual.panel.frame
    outside = frame[["financial", "special_treatment", "short"]].eq(1).any(axis=1)
    assert outside.any()
    assert frame.loc[outside, "nqp_firm"].isna().all()
    assert frame.loc[~outside, "nqp_firm"].between(0, 1).all()


@pytest.mark.parametrize("unit", ["thousand", "10k", "million"])
def test_the_unit_of_money_changes_nothing(build, whole, unit):
    amounts = [name for name, field in FIELDS.items() if field.kind == "money"]
    factor = firm_config.MONEY[unit]
    other = build(
        lambda f: f.assign(**{n: f[n] / factor for n in amounts}), money=unit, winsorise=False
    )
    pd.testing.assert_frame_equal(other.panel.frame, whole.panel.frame, rtol=1e-9)
    assert other.notes == whole.notes


def test_the_order_of_rows_and_the_names_of_firms_change_nothing(build, whole):
    mixed = build(lambda f: f.sample(frac=1, random_state=3), winsorise=False)
    pd.testing.assert_frame_equal(mixed.panel.frame, whole.panel.frame)
    pd.testing.assert_frame_equal(mixed.panel.rollout, whole.panel.rollout)
    renamed = build(lambda f: f.assign(firm="Z" + f["firm"]), winsorise=False)
    np.testing.assert_allclose(renamed.panel.frame["nqp_firm"], whole.panel.frame["nqp_firm"])


def test_without_an_opening_balance_that_of_the_year_before_counts(whole, build, made):
    panel = build(lambda f: f.drop(columns="total_assets_opening"), winsorise=False)
    first = made.frame.groupby("firm")["year"].transform("min") == made.frame["year"]
    flow = panel.tables["firm_flow"].set_index("reason")
    assert flow.loc[not_given("asset_turnover"), "dropped"] <= first.sum()
    rows = panel.panel.frame
    assert (rows["year"] > rows["firm"].map(made.frame.groupby("firm")["year"].min())).all()
    with_it = whole.panel.frame.set_index(["firm", "year"])["asset_turnover"]
    np.testing.assert_allclose(
        rows.set_index(["firm", "year"])["asset_turnover"],
        with_it.loc[list(zip(rows.firm, rows.year, strict=True))],
        rtol=WRITTEN,
    )


def test_a_gap_is_no_year_before(build):
    def without_2014(frame):
        gone = (frame["firm"] == frame["firm"].iloc[0]) & (frame["year"] == 2014)
        return frame[~gone].drop(columns="total_assets_opening")

    rows = build(without_2014, winsorise=False).panel.frame
    first = rows.loc[rows["firm"] == rows["firm"].iloc[0], "year"].tolist()
    assert 2015 not in first
    assert 2016 in first


# --- what a missing field switches off ---------------------------------------------------------


def test_a_field_without_a_column_switches_off_what_needs_it_and_nothing_else(build, whole):
    panel = build(
        lambda f: f.drop(columns=["rd_leasing", "marketisation", "dividends"]), winsorise=False
    )
    assert said(panel, "'rd_leasing'").endswith("off: indicator rd_leasing_share, rd_to_revenue")
    assert said(panel, "'marketisation'").endswith("off: marketisation")
    assert said(panel, "'dividends'").endswith("off: ww_index, kz_index")
    assert said(panel, "nqp_firm:").startswith("nqp_firm: 10 of 11 indicators")
    gone = {"rd_leasing", "rd_leasing_share", "rd_to_revenue", "marketisation", "dividends"}
    gone |= {"ww_index", "kz_index"}
    assert set(whole.panel.frame) - set(panel.panel.frame) == gone


def test_a_rule_without_its_field_is_off(build):
    panel = build(lambda f: f.drop(columns=["industry", "special_treatment"]))
    assert panel.samples["firm"].without == (("short", 1),)
    assert "sample rule financial" in said(panel, "'industry'")
    assert "sample rule special_treatment" in said(panel, "'special_treatment'")
    assert not panel.panel.frame["financial"].any()


def test_an_index_needs_labour_and_tools(build):
    tools = ["rd_depreciation", "rd_leasing", "rd_direct", "intangible_assets", "equity"]
    with pytest.raises(UserError, match="no indicator of tools has its fields"):
        # Revenue and assets alone still give the turnover: without a year before it there is none.
        build(lambda f: f.drop(columns=tools), columns=without(FIELDS, *tools, "total_assets"))


def without(names, *gone):
    return {name: name for name in names if name not in gone}


def test_controls_that_never_change_within_a_firm_are_no_controls(build):
    panel = build(lambda f: f.assign(board_size=9))
    assert "ln_board_size" not in panel.controls["firm"]
    assert "off: ln_board_size" in said(panel, "the same in all years")
    assert panel.controls["firm_without_financing"] == ("largest_holder_share",)
    assert "ln_board_size" in variables("firm")


# --- sample rules, each counted ----------------------------------------------------------------


def steps(panel, sample):
    flow = panel.tables["firm_flow"]
    return flow[flow["sample"] == sample].set_index("reason")


def not_given(variable):
    return encode([Reason("not_given", {"variable": variable})])


def left_out(rule):
    return encode([Reason("value_left_out", {"variable": rule, "value": 1})])


def cuts(panel):
    """The numbers of cells cut, one for each such step."""
    found = [decode(cell)[0] for cell in steps(panel, "firm").index]
    return [reason.facts["n"] for reason in found if reason.code == "cells_cut"]


def test_every_rule_is_counted_and_the_flow_ends_in_the_sample(usual, made):
    everyone, main = steps(usual, "firm_all"), steps(usual, "firm")
    assert everyone.loc[encode([Reason("rows_of_file")]), "rows"] == len(made.frame)
    empty = made.frame["rd_leasing"].isna()
    assert everyone.loc[not_given("rd_leasing_share"), "dropped"] == empty.sum()
    finance = made.frame["industry"].str.startswith("J") & ~empty
    assert main.loc[left_out("financial"), "dropped"] == finance.sum()
    special = (made.frame["special_treatment"] == 1) & ~empty & ~finance
    assert main.loc[left_out("special_treatment"), "dropped"] == special.sum()
    assert main.loc[left_out("short"), "dropped"] > 0
    assert main["rows"].iloc[-1] == usual.panel.frame["nqp_firm"].notna().sum() == len(home(usual))


@pytest.mark.parametrize("rule", FIRM_RULES)
def test_a_rule_can_be_switched_off(build, rule):
    rest = tuple(other for other in FIRM_RULES if other != rule)
    panel = build(leave_out=rest)
    assert left_out(rule) not in steps(panel, "firm").index
    assert panel.panel.frame.loc[panel.panel.frame[rule] == 1, "nqp_firm"].notna().any()


def test_a_firm_with_fewer_complete_years_than_asked_for_is_short(build):
    for fewest in (1, 3, 6):
        rows = home(build(fewest_years=fewest))
        assert rows.groupby("firm").size().min() >= fewest


def test_cells_are_cut_at_their_percentiles_in_the_main_sample_and_counted(usual, whole):
    before, after = home(whole), home(usual)
    low, high = before["rd_pay_share"].quantile([0.01, 0.99])
    np.testing.assert_allclose(after["rd_pay_share"], before["rd_pay_share"].clip(low, high))
    names = [
        *NQP_FIRM.ids,
        *(n for n in (*firm_variables.FORMULAS, *firm_variables.FINANCING) if n in after),
    ]
    changed = (before[names] != after[names]) & before[names].notna()
    (told,) = cuts(usual)
    assert told == changed.to_numpy().sum() > 0
    assert not cuts(whole)


def test_empty_rd_lines_count_as_nothing_if_so_configured(build, made):
    panel = build(empty_rd_is_zero=True, winsorise=False)
    empty = made.frame["rd_leasing"].isna().sum()
    assert said(panel, "rd_leasing:") == f"rd_leasing: {empty} empty cells count as 0"
    assert (panel.panel.frame["rd_leasing_share"] == 0).sum() == empty
    assert len(panel.panel.frame) == len(made.frame)


def test_zero_below_a_line_is_missing_and_counted(build):
    panel = build(lambda f: f.assign(revenue=f["revenue"].where(f.index != 5, 0.0)))
    assert said(panel, "revenue:") == "revenue: 1 cells of zero or less count as missing"
    assert steps(panel, "firm_all").loc[not_given("rd_pay_share"), "dropped"] == 1


def test_every_reason_has_words(build):
    for cell in build(place="current").tables["firm_flow"]["reason"]:
        (reason,) = decode(cell)
        for template in REASONS[reason.code]:
            assert {n for _, n, _, _ in Formatter().parse(template) if n} == set(reason.facts)


# --- places and zones --------------------------------------------------------------------------


def test_the_zones_are_those_of_the_cities(whole, places):
    zones = rollout.zones_in_force(places.pilot_zones)
    rows = whole.panel.frame
    for timing in TIMINGS:
        exposed = rollout.unit_exposure(zones, range(2012, 2020), timing)
        expected = [
            exposed.loc[code, year] if code in exposed.index else 0.0
            for code, year in zip(rows["city_code"], rows["year"], strict=True)
        ]
        np.testing.assert_array_equal(rows[treatment_id("zone_city", timing)], expected)


def test_a_firm_treated_after_the_panel_is_not_one_never_treated(whole):
    first = whole.panel.rollout.query("zone_city > 0").groupby("firm")["year"].min()
    last = whole.panel.frame["year"].max()
    assert (first > last).any()
    assert whole.panel.rollout["year"].min() == whole.panel.frame["year"].min() - 1


def test_a_firm_that_moves_belongs_to_its_first_place(whole, made):
    movers = made.frame.groupby("firm")["city_code"].nunique().loc[lambda n: n > 1].index
    first = made.frame.sort_values("year").groupby("firm")["city_code"].first()
    rows = whole.panel.frame
    assert len(movers) > 2
    assert (rows["city_code"] == rows["firm"].map(first)).all()
    assert set(rows.loc[rows["moved"] == 1, "firm"]) == set(movers) & set(rows["firm"])
    assert said(whole, "firms move between cities").startswith(f"{len(movers)} firms")


def moved(frame, firm_code, codes):
    """Place a firm in one city to 2015 and in another from 2016 on."""
    rows = frame["firm"] == firm_code
    place = np.where(frame["year"] < 2016, *codes)
    return frame.assign(city_code=frame["city_code"].where(~rows, place))


def test_a_firm_that_leaves_a_treated_city_is_left_out_from_then_on(build, made):
    stays = made.frame.groupby("firm").size().loc[lambda n: n == SMALL["years"]].index[0]
    # Hangzhou from 2015 on; Lhasa has its zone later than the panel.
    out = build(lambda f: moved(f, stays, ("330100", "540100")), place="current")
    years = out.panel.frame.query("firm == @stays")["year"]
    assert years.max() == 2015
    assert steps(out, "firm_all").loc[encode([Reason("left_treated_place")]), "dropped"] >= 4
    kept = build(lambda f: moved(f, stays, ("330100", "540100")), place="first")
    assert kept.panel.frame.query("firm == @stays")["year"].max() == 2019
    into = build(lambda f: moved(f, stays, ("540100", "330100")), place="current")
    rows = into.panel.frame.query("firm == @stays").set_index("year")["zone_city"]
    assert rows.loc[2015] == 0
    assert rows.loc[2016] == 1


def test_province_and_coast_are_those_of_the_place(whole, places):
    cities = places.cities.set_index("city_code")["province_code"]
    coastal = places.provinces.set_index("province_code")["coastal"]
    rows = whole.panel.frame
    assert (rows["province_code"] == rows["city_code"].map(cities)).all()
    assert (rows["coastal"] == rows["province_code"].map(coastal)).all()


# --- plausibility ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "factor", "words"),
    [
        ("revenue", 1e-3, ("revenue is", "; revenue in thousands")),
        ("rd_pay", 1e-4, ("rd_pay is", "; rd_pay in thousands or 10,000s")),
        ("liabilities", 1e3, ("liabilities is", "; total_assets in thousands")),
    ],
)
def test_an_unlikely_unit_is_named_with_its_column(build, column, factor, words):
    panel = build(lambda f: f.assign(**{column: f[column] * factor}))
    said(panel, f"firms.csv, column '{column}'", *words)


def test_likely_units_are_not_named(whole):
    assert not any("usually" in line for line in whole.notes)


def test_a_part_far_above_its_whole_is_refused(build):
    with pytest.raises(
        UserError, match=r"column 'fixed_assets': fixed_assets is .* times total_assets"
    ):
        build(lambda f: f.assign(fixed_assets=f["fixed_assets"] * 1e3))


def test_more_researchers_than_employees_are_counted(build):
    panel = build(lambda f: f.assign(rd_staff=f["rd_staff"].where(f.index > 2, 1e6)))
    said(panel, "column 'rd_staff'", "more than employees in 3 rows")


# --- what is refused, one line each ------------------------------------------------------------


def changed(column, row, value):
    return lambda f: f.assign(**{column: f[column].astype(object).where(f.index != row, value)})


def doubled(**cells):
    return lambda f: pd.concat([f, f.iloc[[10]].assign(**cells)])


def test_a_firm_in_two_cities_in_a_year(build, made):
    other = "340100" if made.frame["city_code"].iloc[10] != "340100" else "330100"
    with pytest.raises(UserError) as error:
        build(doubled(city_code=other))
    text = str(error.value)
    assert f"is in {other} in" in text
    assert "in line 12; a firm has one registered place in a year" in text
    assert "\n" not in text


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (doubled(), "stands in line 12 already; keep one row for each firm and year"),
        (changed("digital_words", 4, -2), "line 6, column 'digital_words': is below 0"),
        (changed("employees", 0, -1), "line 2, column 'employees': is below 0"),
        (changed("city_code", 3, "999999"), "line 5, column 'city_code': no code of a prefecture"),
        (changed("state_owned", 3, 2), "line 5, column 'state_owned': state_owned should be 0, 1"),
        (changed("revenue", 3, "many"), "line 5, column 'revenue': 'many' is no number"),
        (changed("year", 3, 15), "line 5, column 'year': is no calendar year"),
        (changed("year", 3, "2015-12-31"), "is a date"),
        (changed("firm", 3, ""), "line 5, column 'firm': is empty"),
        (lambda f: f.assign(city_code="540100"), "none of its firms is in a city with a zone"),
        (lambda f: f[f["year"] > 2017].assign(city_code="330100"), "every row is of a city"),
        (lambda f: f.assign(special_treatment=1), "no row is left by the sample rules"),
        (lambda f: f.assign(rd_pay=0.0), "indicator 'rd_pay_share' is constant"),
    ],
)
def test_bad_rows_are_refused_in_one_line(build, change, words):
    with pytest.raises(UserError, match=re.escape(words)) as error:
        build(change)
    assert "\n" not in str(error.value)


def test_a_mapping_to_a_column_that_is_not_there(build):
    columns = {name: name for name in FIELDS} | {"cash": "money_in_the_bank"}
    with pytest.raises(UserError, match=r"no column 'money_in_the_bank' \(cash\); its columns: "):
        build(columns=columns)


# --- the configuration -------------------------------------------------------------------------


def test_the_template_has_every_field_with_a_word_on_it_and_is_at_its_defaults(root):
    config = read_config(root / "examples/firm.toml")
    assert set(config.columns) == set(FIELDS)
    assert dataclasses.replace(config, columns={}) == firm_config.Config(columns={})
    text = (root / "examples/firm.toml").read_text(encoding="utf-8")
    for name in FIELDS:
        assert re.search(rf'^{name} = ".+" +# .*[\u4e00-\u9fff]', text, flags=re.MULTILINE), name


COLUMNS = '[columns]\nfirm = "f"\nyear = "t"\ncity_code = "c"\nrevenue = "r"\ntotal_assets = "a"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 1\n" + COLUMNS, "unknown key 'colour'; known: columns, money"),
        ('revenue = "r"\n', "unknown key 'revenue'"),
        (COLUMNS + 'colour = "x"\n', "unknown field 'colour' in [columns]"),
        ("winsorise = false", "no [columns]"),
        ("", "the file is empty"),
        ('[columns]\nfirm = "f"\n', "no column for 'year' in [columns]"),
        (COLUMNS + 'cash = "r"\n', "column 'r' stands for 'revenue' and 'cash'"),
        (COLUMNS + "cash = 1\n", "the column of 'cash' should be text in quotes"),
        ('money = "pounds"\n' + COLUMNS, "money 'pounds' is unknown; known: yuan, thousand"),
        ('place = "last"\n' + COLUMNS, "place 'last' is unknown; known: first, current"),
        ('leave_out = ["small"]\n' + COLUMNS, "'leave_out' names 'small'; known: financial"),
        ("fewest_years = 0\n" + COLUMNS, "'fewest_years' should be a whole number from 1 on"),
        ('winsorise = "yes"\n' + COLUMNS, "'winsorise' should be true or false"),
        ("money = \n", "not TOML"),
    ],
)
def test_bad_configurations_are_refused_in_one_line(tmp_path, text, words):
    (tmp_path / "firm.toml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=re.escape(words)) as error:
        read_config(tmp_path / "firm.toml")
    assert "\n" not in str(error.value)


def test_a_missing_configuration_names_the_one_to_copy(tmp_path):
    with pytest.raises(UserError, match=r"no such file; examples/firm.toml is one to copy"):
        read_config(Path(tmp_path / "no.toml"))


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some(made, made_up, root, tmp_path_factory):
    """Some firms, their configuration, and what is read of them from a text."""
    some = dataclasses.replace(made, frame=made.frame[made.frame["firm"] < "S00060"])
    path, config = made_up.write(tmp_path_factory.mktemp("some"), some)
    return some.frame, path, config, firm.read_firms(path, config, root / "data/raw")


@pytest.mark.parametrize("ending", ["csv", "dta", "xlsx", "parquet"])
def test_every_kind_of_file_gives_the_same_firms(some, root, tmp_path, ending):
    frame, text, config, expected = some
    other = text if ending == "csv" else tmp_path / f"firms.{ending}"
    if ending == "dta":
        short = {name: name[:32] for name in frame}
        frame.rename(columns=short).to_stata(other, write_index=False, version=118)
    elif ending == "xlsx":
        frame.to_excel(other, index=False)
    elif ending == "parquet":
        frame.to_parquet(other, index=False)
    found = firm.read_firms(other, config, root / "data/raw")
    pd.testing.assert_frame_equal(found.panel.frame, expected.panel.frame, rtol=1e-9)


def test_what_is_no_parquet_is_named(tmp_path):
    path = tmp_path / "firms.parquet"
    path.write_bytes(b"PAR1")
    with pytest.raises(UserError, match=r"firms\.parquet: no readable \.parquet"):
        tabular.read_table(path)
