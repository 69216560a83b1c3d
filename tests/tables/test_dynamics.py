"""The panels below projections and systems, from made-up parts."""

import pandas as pd
import pytest

from pilotzone import estimates, tables
from pilotzone.catalogue import Exhibit, Inference, codebook, grid
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.tables import markdown
from pilotzone.tables.grid import HEAD, Grid, Panel, Row, columns, single
from pilotzone.tables.style import Style

DRAWS = Inference(draws=9, seed=1)
HORIZONS = (("lags", 1), ("horizons", 1))


@pytest.fixture
def exhibit():
    columns = (
        *grid(
            outcome="nqp",
            treatment="cbec_proxy",
            controls=("none", "baseline"),
            estimator="local_projection",
            inference=DRAWS,
            options=HORIZONS,
        ),
        *grid(
            outcome="nqp",
            treatment="cbec_proxy",
            controls="none",
            estimator="local_projection",
            inference=Inference("driscoll_kraay_by_horizon", draws=9, seed=1),
            variant="driscoll_kraay_by_horizon",
            options=HORIZONS,
        ),
        *grid(
            outcome="nqp",
            treatment="cbec_proxy",
            controls="baseline",
            estimator="three_stage",
            variant="own_controls",
            options=(("own", "secondary_share"), ("excluded", "finance fiscal_share")),
        ),
    )
    return Exhibit(title="t", title_zh="t", columns=columns, layout="list")


@pytest.fixture
def folder(exhibit, made_up):
    made_up(exhibit)
    ids = exhibit.column_ids()
    projections = [i for i in ids if "three_stage" not in i]
    horizons = [
        {
            "column": column,
            "horizon": h,
            "nobs": 270 - 30 * h,
            "n_units": 30,
            "first_year": 2014,
            "last_year": 2022 - h,
            "bandwidth": 2,
        }
        for column in projections
        for h in range(2)
    ]
    simulated = [
        {
            "column": column,
            "horizon": h,
            "truth": 0.1,
            "bias": -0.02 * (h + 1),
            "sd": 0.03,
            "mean_error": 0.025 if "kraay" in column else 0.028,
            "coverage": 0.9 - 0.1 * h,
            "draws": 9,
        }
        for column in projections
        for h in range(2)
    ]
    instruments = [
        {
            "column": ids[-1],
            "instrument": name,
            "excluded_from": "nqp",
            "first_stage_of": "cbec_proxy",
            "coefficient": 0.25,
            "std_error": 0.125,
            "p_value": 0.045,
        }
        for name in ("finance", "fiscal_share")
    ]
    for part, rows in (
        ("horizons", horizons),
        ("small_sample", simulated),
        ("instruments", instruments),
    ):
        frame = pd.DataFrame(rows).assign(exhibit="made_up")
        frame = estimates.tidy(frame, f"made_up.{part}", estimates.schema(exhibit, part))
        (made_up.folder / f"made_up.{part}.csv").write_text(estimates.to_text(frame))
    return made_up.folder


def panels_of(exhibit, folder, language="en"):
    grid_ = tables.build("made_up", exhibit, folder, Style(lexicon=Lexicon(language)))
    return grid_, {panel.title: panel for panel in grid_.panels}


def test_columns_with_the_same_rows_share_a_panel(exhibit, folder):
    _, panels = panels_of(exhibit, folder)
    rows = panels["Rows behind each response"].rows
    assert [row.label for row in rows] == ["Response at horizon 0", "Response at horizon 1"]
    assert rows[1].cells == ("240", "30", "2014", "2021", "2")


def test_simulations_stand_by_kind_of_error(exhibit, folder):
    _, panels = panels_of(exhibit, folder)
    titles = [title for title in panels if title.startswith("Simulated panels")]
    assert titles == [
        "Simulated panels: Local projection, NQP index",
        "Simulated panels: Local projection, Driscoll-Kraay errors, NQP index",
    ]
    assert panels[titles[0]].rows[1].cells == ("0.100", "−0.040", "0.030", "0.028", "0.800")


def test_samples_and_treatments_stand_one_below_the_other(made_up):
    """Two treatments on two samples: rows under the sample, simulations under the treatment."""
    columns = [
        column
        for sample in ("main", "from_2016")
        for column in grid(
            outcome="nqp",
            treatment=("cbec_proxy", "openness"),
            sample=sample,
            estimator="local_projection",
            inference=DRAWS,
            options=HORIZONS,
        )
    ]
    exhibit = Exhibit(title="t", title_zh="t", columns=tuple(columns), layout="list")
    made_up(exhibit)
    rows, simulated = [], []
    for name, one in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        first, late = one.rows.first_year + 1, one.treatment == "openness"
        counts = {"nobs": 30 * (2023 - first), "n_units": 30, "bandwidth": 2}
        years = {"first_year": first, "last_year": 2022}
        rows.append({"column": name, "horizon": 0, **counts, **years})
        moments = {"truth": 0.1, "bias": -0.02, "sd": 0.03, "mean_error": 0.025, "draws": 9}
        coverage = 0.8 if late else 0.9
        simulated.append({"column": name, "horizon": 0, **moments, "coverage": coverage})
    for part, made in (("horizons", rows), ("small_sample", simulated)):
        frame = pd.DataFrame(made).assign(exhibit="made_up")
        frame = estimates.tidy(frame, f"made_up.{part}", estimates.schema(exhibit, part))
        (made_up.folder / f"made_up.{part}.csv").write_text(estimates.to_text(frame))
    _, panels = panels_of(exhibit, made_up.folder)
    behind = panels["Rows behind each response"].rows
    horizon = "Response at horizon 0"
    assert [row.label for row in behind] == ["Main", horizon, "From 2016", horizon]
    assert [row.cells[:1] for row in behind] == [("",), ("270",), ("",), ("180",)]
    below = panels["Simulated panels: Local projection, NQP index"].rows
    names = [ENGLISH.variable(name) for name in ("cbec_proxy", "openness")]
    assert [row.label for row in below] == [names[0], horizon, names[1], horizon]
    assert [row.cells[-1] for row in below] == ["", "0.900", "", "0.800"]


def test_exclusion_restrictions_are_named_with_their_first_stage(exhibit, folder):
    _, panels = panels_of(exhibit, folder)
    (panel,) = (p for t, p in panels.items() if t.startswith("Exclusion restrictions (assumed)"))
    assert [row.label for row in panel.rows] == [
        ENGLISH.variable("finance"),
        ENGLISH.variable("fiscal_share"),
    ]
    assert panel.rows[0].cells == ("0.250", "0.125", "0.045", "", "")
    assert panel.title.endswith(f"excluded from {ENGLISH.variable('nqp')}")


def test_a_head_stays_above_its_rows_where_columns_are_taken():
    rows = (
        Row("head", ("", "9"), HEAD),
        Row("· below", ("1", "")),
        Row("empty", ("", "2")),
    )
    table = Grid("made_up", "", "en", (single("", ["a", "b"]),), (Panel(rows),))
    (panel,) = columns(table, [0]).panels
    assert [row.label for row in panel.rows] == ["head", "· below"]


@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_the_rendering_reads_back(exhibit, folder, language):
    table, panels = panels_of(exhibit, folder, language)
    assert markdown.parse(markdown.render(table)) == table.lines()
    widths = {len(row.cells) for panel in panels.values() for row in panel.rows}
    assert widths == {table.n_columns}
