"""What the search finds, counts and says on the example.

SAME: two ways to the same least squares differ by rounding, about 1e-12 on these panels.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone.audit import typed_table
from pilotzone.methods.inference import fwl
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.whose import misses, report
from pilotzone.whose.power import power
from pilotzone.whose.search import question, search
from pilotzone.whose.stars import verdicts

SAME = 1e-9


def asked(example):
    return question(example["table"], example["panel"], example["config"])


def typed(example, *lines):
    example["table"].write_text("\n".join(lines) + "\n")


def test_the_example_is_reproduced(script, example, tmp_path, capsys):
    files = [str(example[role]) for role in ("table", "panel", "config")]
    assert script.main([*files, "--output", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "column 1: 6 conventions fit\ncolumn 2: 6 conventions fit\n" in said
    assert {p.name for p in (tmp_path / "out").iterdir()} == set(report.FILES)
    frame = pd.read_csv(tmp_path / "out/conventions.csv", keep_default_na=False)
    assert ",".join(frame.columns) == (
        "column,outcome,treatment,controls,sample,effects,transform,lag,weights,cluster,"
        "small_sample,distribution,parentheses,r2,nobs,estimate,std_error,p_value"
    )
    assert set(frame["controls"]) == {"", "x1+x2"}
    assert set(frame["small_sample"]) == {"reghdfe", "fixest", "xtreg"}
    assert set(frame["distribution"]) == {"t", "normal"}
    for name, value in {"effects": "unit+period", "cluster": "unit", "r2": "within"}.items():
        assert set(frame[name]) == {value}
    again = frame.sort_values(list(frame.columns), kind="stable", ignore_index=True)
    assert again.equals(frame)


def test_a_convention_gives_what_the_core_gives(example):
    """Estimates, errors and p of the rule of reghdfe are those of ``inference.fwl``."""
    found = search(asked(example))[1].fits
    one = next(f for f in found if f.small_sample == "reghdfe" and f.distribution == "t")
    panel = pd.read_csv(example["panel"])
    effects = FixedEffects([panel["unit"], panel["year"]])
    names = ["d", "x1", "x2"]
    fit = fwl.fit(panel["y"], panel[names], names, effects, panel["unit"])
    assert one.estimates == pytest.approx(fit.coefficients, rel=SAME)
    assert one.std_errors == pytest.approx(fit.std_errors, rel=SAME)
    assert one.p_values == pytest.approx(fit.p_values, rel=1e-6)
    assert one.share == pytest.approx(fit.r2_within, rel=SAME)
    assert one.df == fit.df


def test_t_in_place_of_the_error_and_an_error_printed_as_t(example):
    typed(example, "term,estimate,std_error,n", "d,0.40955,(2.9000),360")
    assert {one.parentheses for one in search(asked(example))[0].fits} == {"t"}
    typed(example, "term,estimate,t,n", "d,0.40955,0.14122,360")
    assert {one.parentheses for one in search(asked(example))[0].fits} == {"std_error"}
    typed(example, "term,estimate,t,std_error,n", "d,0.40955,0.14122,2.9000,360")
    assert {one.parentheses for one in search(asked(example))[0].fits} == {"t"}
    typed(example, "term,estimate,t,std_error,n", "d,0.40955,2.9000,0.14122,360")
    assert {one.parentheses for one in search(asked(example))[0].fits} == {"std_error"}


def test_p_and_interval_tell_t_from_normal(example):
    head = "term,estimate,std_error,n,p,ci_low,ci_high,df"
    typed(example, head, "d,0.40955,0.14122,360,0.0070,,,")
    assert {one.distribution for one in search(asked(example))[0].fits} == {"t"}
    typed(example, head, "d,0.40955,0.14122,360,0.0037,,,")
    assert {one.distribution for one in search(asked(example))[0].fits} == {"normal"}
    typed(example, head, "d,0.40955,0.14122,360,,0.1328,0.6863,")
    assert {one.distribution for one in search(asked(example))[0].fits} == {"normal"}
    typed(example, head, "d,0.40955,0.14122,360,,,,29")
    assert {one.distribution for one in search(asked(example))[0].fits} == {"t"}
    typed(example, head, "d,0.40955,0.14122,360,,,,inf")
    assert {one.distribution for one in search(asked(example))[0].fits} == {"normal"}


def test_the_number_of_clusters_is_used(example):
    head = "term,estimate,n,clusters"
    typed(example, head, "d,0.40955,360,30")
    assert {one.cluster for one in search(asked(example))[0].fits} == {"unit"}
    typed(example, head, "d,0.40955,360,31")
    assert not search(asked(example))[0].fits


def test_columns_that_share_a_sample_are_used_together(example):
    """The first column leaves rules and readings open that the second does not allow."""
    typed(
        example,
        "column,term,estimate,std_error,n,r2",
        "1,d,0.40955,,360,",
        "2,d,0.29125,0.11078,360,0.41702",
    )
    first, second = search(asked(example))
    assert first.jointly
    assert second.jointly
    assert len(second.fits) == len(second.alone) == 6
    assert {one.small_sample for one in first.alone} > {one.small_sample for one in first.fits}
    assert {one.small_sample for one in first.fits} == {"reghdfe", "fixest", "xtreg"}


def test_columns_that_nothing_fits_together_are_listed_by_themselves(example):
    """Rules of two programs, each right alone: full in the first column, nested in the second."""
    typed(
        example,
        "column,term,estimate,std_error,n",
        "1,d,0.40955,0.14752,360",
        "2,d,0.29125,0.11078,360",
    )
    first, second = search(asked(example))
    assert {one.small_sample for one in first.fits} == {"full", "statsmodels", "areg"}
    assert (first.jointly, second.jointly, first.beside) == (False, False, 2)
    assert len(second.fits) == 6


def test_singletons_are_told_by_the_number_of_rows(example):
    panel = pd.read_csv(example["panel"])
    # One unit keeps a single year.
    panel = panel[(panel["unit"] != 1) | (panel["year"] == 2012)]
    panel.to_csv(example["panel"], index=False)
    effects = FixedEffects([panel["unit"], panel["year"]])
    fit = fwl.fit(panel["y"], panel[["d"]], ["d"], effects, panel["unit"])
    assert fit.n_singletons == 1
    for nobs in (len(panel), len(panel) - 1):
        typed(example, "term,estimate,n", f"d,{fit.coefficients[0]:.5f},{nobs}")
        found = search(asked(example))[0].fits
        assert {one.nobs for one in found} == {nobs}
    dropped = next(o for o in found if o.small_sample == "reghdfe" and o.cluster == "unit")
    assert dropped.std_errors[0] == pytest.approx(fit.std_errors[0], rel=SAME)


def test_the_nearest_miss_names_the_digit(example):
    text = example["table"].read_text()
    example["table"].write_text(text.replace("0.1108", "0.1208"))
    what = asked(example)
    found = search(what)
    assert [len(one.fits) for one in found] == [6, 0]
    nearest = misses.nearest(what, found[1].column)
    assert nearest[0].differences == (misses.Difference("d", "std_error", "0.1208", "0.1108"),)
    counts = [len(one.differences) for one in nearest]
    assert counts == sorted(counts)


@pytest.mark.parametrize(
    ("old", "new", "difference"),
    [
        ("(0.1412),,***,360", "(0.1412),,***,361", ("n", "361", "360")),
        ("0.4096", "0.4196", ("estimate", "0.4196", "0.4096")),
        ("0.031", "0.131", ("r2", "0.131", "0.031")),
    ],
)
def test_every_kind_of_cell_is_named(example, old, new, difference):
    text = example["table"].read_text()
    assert old in text
    example["table"].write_text(text.replace(old, new))
    what = asked(example)
    nearest = misses.nearest(what, what.columns[0])
    assert nearest[0].differences == (misses.Difference("d", *difference),)


def test_stars_under_all_some_or_none(example):
    what = asked(example)
    one = search(what)[1]
    told = {(v.term, v.scheme): v.under for v in verdicts(one.column, one.fits)}
    # p is 0.0136 from t and 0.0086 from the normal distribution.
    assert told["d", "1, 5, 10 %"] == "some"
    assert told["d", "one-sided 1, 5, 10 %"] == "none"
    assert told["x1", "0.1, 1, 5 %"] == "all"


def test_power_is_that_of_random_tables(example):
    """Expected and counted agreement of 400 random tables differ by a factor below two.

    The expectation takes spreads as normal, which they are not; its order is what is used.
    """
    text = example["config"].read_text()
    example["config"].write_text(text.replace('"unit+period+unit#trend"', '"none"'))
    typed(example, "term,estimate", "d,0.4")
    what = asked(example)
    column = what.columns[0]
    told = power(what, column)
    everything = dataclasses.replace(column, rows=(dataclasses.replace(column.rows[0], cells={}),))
    all_of = search(dataclasses.replace(what, columns=(everything,)))[0].fits
    values = np.array([one.estimates[0] for one in all_of])
    rng = np.random.default_rng(1)
    drawn = rng.normal(values.mean(), values.std(), 400)
    counted = np.mean([(np.abs(values - np.round(x, 1)) <= 0.05).sum() for x in drawn])
    assert 1 / 2 < told.expected / counted < 2
    # A further digit: a tenth of the conventions.
    typed(example, "term,estimate", "d,0.41")
    again = asked(example)
    assert power(again, again.columns[0]).expected == pytest.approx(told.expected / 10, rel=0.01)


def test_the_pages_say_what_a_misfit_does_not_say(example, tmp_path):
    text = example["table"].read_text()
    example["table"].write_text(text.replace("0.1108", "0.1208"))
    what = asked(example)
    report.write(what, search(what), ["<t>.csv", "p|.csv", "c.toml"], tmp_path)
    page = (tmp_path / "report.md").read_text()
    assert "a misfit is no accusation" in page
    # 512 regressions, three kinds of errors, nine rules, t or normal, two readings, seven R².
    assert (
        f"{512 * 3 * 9 * 2 * 2 * 7:,} conventions were tried, 6 fit all 4 printed numbers" in page
    )
    assert "d std_error: 0.1208 printed, 0.1108 here" in page
    assert "| from_2013 | 300 | 60 | 300 |" in page
    assert "| all | 360 | 0 | 330 to 360 |" in page
    assert "| *** | 1, 5, 10 % | all | *** |" in page
    assert "Power: a random column with these digits would agree with" in page
    assert "p\\|.csv" in page
    web = (tmp_path / "report.html").read_text()
    assert "&lt;t&gt;.csv" in web
    assert "<t>" not in web
    assert web.count("<h2>") == page.count("\n## ")


@pytest.mark.parametrize(
    "change",
    [
        {"y": lambda f: f["d"]},
        {"y": lambda f: f["unit"] * 2.0 + f["year"]},
        {"y": lambda f: 0.0},
        {"d": lambda f: 1.0},
        {"d": lambda f: f["x1"]},
        {"d": lambda f: f["unit"]},
        {"x2": lambda f: np.nan},
        {"d": lambda f: np.nan},
        {"unit": lambda f: np.arange(len(f))},
        {"y": lambda f: f["y"] * 1e45},
    ],
    ids=[
        *("outcome is treatment", "outcome is effects", "outcome constant", "treatment constant"),
        *("treatment is control", "treatment is unit", "control empty", "treatment empty"),
        *("units have one row", "outcome huge"),
    ],
)
def test_what_is_not_identified_fits_nothing(script, example, tmp_path, capsys, change):
    """No number, no warning (they are errors in tests), and a report that says so."""
    frame = pd.read_csv(example["panel"])
    frame.assign(**change).to_csv(example["panel"], index=False)
    files = [str(example[role]) for role in ("table", "panel", "config")]
    assert script.main([*files, "--output", str(tmp_path / "out")]) == 0
    assert "column 2: 0 conventions fit" in capsys.readouterr().out
    page = (tmp_path / "out/report.md").read_text()
    assert "nearest misses" in page or "No candidate holds the printed terms" in page
    assert "nan" not in page


def test_weights_and_lags_are_those_of_the_core(example):
    panel = pd.read_csv(example["panel"])
    panel["size"] = 1.0 + panel["unit"] % 7 + panel["x4"] ** 2
    panel.sample(frac=1, random_state=3).to_csv(example["panel"], index=False)
    text = example["config"].read_text()
    example["config"].write_text(text.replace("# weights = []", 'weights = ["size"]'))
    before = panel[["unit", "year", "d", "x1"]].assign(year=panel["year"] + 1)
    lagged = panel[["unit", "year", "y", "size"]].merge(before, on=["unit", "year"])
    effects = FixedEffects([lagged["unit"], lagged["year"]], weights=lagged["size"].to_numpy())
    fit = fwl.fit(lagged["y"], lagged[["d", "x1"]], ["d", "x1"], effects, lagged["unit"])
    b, s = fit.coefficients[0], fit.std_errors[0]
    typed(example, "term,estimate,std_error,n,r2", f"d,{b:.6f},{s:.6f},{fit.nobs},{fit.r2:.5f}")
    found = search(asked(example))[0].fits
    assert found
    for one in found:
        chosen = one.choices
        assert chosen[2:] == ("x1", "all", "unit+period", "level", "1", "size")
    own = next(one for one in found if one.small_sample == "reghdfe")
    assert own.std_errors[0] == pytest.approx(s, rel=SAME)


def test_chinese_names_and_text_labels(example):
    panel = pd.read_csv(example["panel"])
    panel = panel.rename(columns={"d": "试点", "x1": "开放度", "unit": "省份"})
    panel["省份"] = "省" + panel["省份"].astype(str)
    panel.to_csv(example["panel"], index=False, encoding="gb18030")
    config, table = example["config"].read_text(), example["table"].read_text()
    config = config.replace('unit = "unit"', 'unit = "省份"').replace('["d"]', '["试点"]')
    config = config.replace('"x1"', '"开放度"').replace(
        'clusters = ["unit"]', 'clusters = ["省份"]'
    )
    example["config"].write_text(config, encoding="utf-8")
    table = table.replace(",d,", ",试点,").replace(",x1,", ",开放度,")
    example["table"].write_text(table, encoding="utf-8")
    found = search(asked(example))
    assert [len(one.fits) for one in found] == [6, 6]
    assert found[1].fits[0].choices[2] == "开放度+x2"
    assert {one.cluster for one in found[1].fits} == {"省份"}


def test_the_example_is_a_table_for_the_audit_too(example):
    rows = typed_table.read(example["table"])
    found = typed_table.check(rows, (0.01, 0.05, 0.1), 0.95)
    assert found == typed_table.Findings(4, ())
