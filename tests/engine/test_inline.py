"""Samples and controls that stand inline in an exhibit: estimated, counted, named on the page."""

import dataclasses

import numpy as np
import pytest

from pilotzone import engine, estimates, exhibits, tables
from pilotzone.catalogue import Exhibit, Specification, cut, grid
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.engine.inline import inline_flow
from pilotzone.errors import UserError, decode
from pilotzone.methods.did.twfe import twfe
from pilotzone.panels.store import FolderStore
from pilotzone.tables import latex, markdown, word
from pilotzone.tables.style import Style

RTOL = 1e-9
NO_GUANGDONG = cut(
    "main", id="no_guangdong", excluded=("440000",), words=("No Guangdong", "剔除广东")
)
OWN = ("secondary_share", "digital_finance_index")
MORE = ("baseline", "digital_finance_index")
EXHIBIT = Exhibit(
    title="Without Guangdong",
    title_zh="剔除广东",
    columns=grid(
        outcome="nqp_no_digital_finance",
        treatment="zone_first",
        controls=("none", OWN, MORE),
        sample=("main", NO_GUANGDONG),
    ),
)


@pytest.fixture(scope="module")
def store(built):
    return FolderStore(built)


@pytest.fixture(scope="module")
def parts(store):
    return engine.columns("made", EXHIBIT, store, engine.estimate)


@pytest.fixture(scope="module")
def folder(parts, tmp_path_factory):
    folder = tmp_path_factory.mktemp("estimates")
    estimates.write(folder, "made", EXHIBIT, parts)
    return folder


def test_columns_are_named_by_what_stands_inline(parts):
    models = parts["models"].set_index("column")
    assert list(models.index) == [
        "none:main",
        "none:no_guangdong",
        "secondary_share+digital_finance_index:main",
        "secondary_share+digital_finance_index:no_guangdong",
        "baseline+digital_finance_index:main",
        "baseline+digital_finance_index:no_guangdong",
    ]
    assert models["sample"].tolist() == ["main", "no_guangdong"] * 3
    assert models["controls"].iloc[-1] == "baseline+digital_finance_index"
    assert models["nobs"].tolist() == [300, 290] * 3
    assert models["n_units"].tolist() == [30, 29] * 3
    assert models["spec_sha256"].is_unique


@pytest.mark.parametrize("controls", [(), OWN])
def test_the_numbers_are_those_of_the_rows_and_variables(parts, store, controls):
    frame = store.panel("province").frame
    kept = frame["year"].between(2013, 2022) & (frame["province_code"] != "440000")
    rows = frame[kept]
    fit = twfe(
        rows["nqp_no_digital_finance"],
        rows["zone_first"],
        ("zone_first",),
        rows[list(controls)] if controls else None,
        controls,
        rows["province_code"],
        rows["year"],
    )
    name = f"{'+'.join(controls) or 'none'}:no_guangdong"
    found = parts[""][parts[""]["column"] == name].set_index("term")
    assert list(found.index) == ["zone_first", *controls]
    np.testing.assert_allclose(found["estimate"], fit.coefficients, rtol=RTOL)
    np.testing.assert_allclose(found["std_error"], fit.std_errors, rtol=RTOL)


def test_every_row_left_out_is_counted_from_the_parent_on(folder):
    flow = estimates.read(folder / "made.flow.csv")
    assert flow["sample"].unique().tolist() == ["no_guangdong"]
    assert flow["rows"].tolist() == [300, 290]
    assert flow["units"].tolist() == [30, 29]
    assert flow["dropped"].tolist() == [0, 10]
    (start,), (left,) = map(decode, flow["reason"])
    assert (start.code, start.facts) == ("rows_of_sample", {"sample": "main"})
    assert (left.code, left.facts) == ("units_excluded", {"units": ("440000",)})


def test_the_count_of_each_sample_is_that_of_its_rows(store):
    city = cut(
        "city",
        id="west_from_2014",
        first_year=2014,
        without=(("region4", "northeast"), ("region4", "east")),
        words=("a", "b"),
    )
    lone = cut("no_municipalities", id="later", first_year=2015, words=("a", "b"))
    columns = (
        Specification(outcome="nqp_city", treatment="zone_city", sample=city),
        Specification(outcome="nqp", treatment="zone_first", sample=lone),
        Specification(outcome="nqp", treatment="zone_first"),
    )
    flow = inline_flow("made", Exhibit(title="t", title_zh="t", columns=columns), store)
    for spec in columns[:2]:
        steps = flow[flow["sample"] == spec.rows.id]
        assert steps["rows"].iloc[-1] == len(engine.design(spec, store).frame)
        assert steps["rows"].iloc[0] - steps["dropped"].sum() == steps["rows"].iloc[-1]
        assert (steps["dropped"].iloc[1:] > 0).all()
    assert set(flow["sample"]) == {"west_from_2014", "later"}
    assert set(flow["panel"]) == {"city", "province"}


def test_an_exhibit_without_inline_samples_has_no_count(store):
    assert inline_flow("did_baseline", exhibits.load("did_baseline"), store).empty
    assert "flow" not in engine.run("negative_weights", store)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"excluded": ("44",)}, "sample 'few' leaves out '44', which is no province_code of the"),
        ({"without": (("regoin3", "west"),)}, "no column 'regoin3'; did you mean region3"),
        ({"without": (("region3", "wst"),)}, "leaves out 'wst' in 'region3' .* known: 'central', "),
    ],
)
def test_a_sample_that_leaves_out_nothing_is_refused(store, changes, said):
    few = cut("main", id="few", words=("Few", "少"), **changes)
    columns = grid(outcome="nqp", treatment="zone_first", sample=few)
    with pytest.raises(UserError, match=said) as caught:
        engine.columns(
            "made", Exhibit(title="t", title_zh="t", columns=columns), store, engine.estimate
        )
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("made, ")


def test_a_name_that_no_panel_has_is_refused_before_anything_is_estimated(store, monkeypatch):
    columns = (
        *grid(outcome="nqp", treatment="zone_first"),
        *grid(outcome="nqp", treatment="zone_first", controls=(("opennes",),)),
    )
    broken = Exhibit(title="t", title_zh="t", columns=columns)
    monkeypatch.setattr(exhibits, "load", lambda _: broken)
    monkeypatch.setattr(engine, "estimate", lambda *_: pytest.fail("something was estimated"))
    with pytest.raises(
        UserError, match="made, column opennes: the province panel has no column 'opennes'; did you"
    ):
        engine.run("made", store)


@pytest.mark.parametrize("lexicon", [ENGLISH, CHINESE], ids=["en", "zh"])
def test_the_table_names_sample_and_controls_in_both_languages(folder, lexicon):
    grid_ = tables.build("made", EXHIBIT, folder, Style(lexicon=lexicon))
    text = markdown.render(grid_)
    assert lexicon.pick(NO_GUANGDONG.words) in text
    assert lexicon.pick(NO_GUANGDONG.label) in text
    assert lexicon.controls(MORE) in text
    assert lexicon.variable("digital_finance_index") in text
    counted = {
        "en": "Rows by step, No Guangdong: Rows of: Main 300; Guangdong left out 290.",
        "zh": "逐步保留的观测，剔除广东：基准样本的观测 300；剔除广东 290。",
    }
    assert counted[lexicon.language] in text
    assert latex.render(grid_)
    assert word.render(grid_)


def test_a_description_of_a_sample_inline(store, tmp_path):
    literal = exhibits.load("descriptives")
    exhibit = dataclasses.replace(
        literal, describe=dataclasses.replace(literal.describe, sample=NO_GUANGDONG)
    )
    parts = engine.described(exhibit.describe, store)
    estimates.write(tmp_path, "made", exhibit, parts)
    assert set(parts[""]["sample"]) == {"no_guangdong"}
    assert parts[""].set_index("variable").loc["nqp", "nobs"] == 290
    text = markdown.render(tables.build("made", exhibit, tmp_path))
    assert NO_GUANGDONG.label[0] in text
