"""A caution takes the star and is said under the table; a withheld error has its reason instead."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates
from pilotzone.catalogue import Exhibit, grid
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import Reason, encode
from pilotzone.tables.listing import listing_grid
from pilotzone.tables.regression import regression_grid
from pilotzone.tables.style import Style

LONE, THIN = Reason("one_treated_unit"), Reason("thin_cell", {"units": 3, "fewest": 10})
ALONE, FEW = encode([LONE]), encode([THIN])
COLUMNS = grid(outcome="nqp", treatment=("zone_first", "zone_share"))
EXHIBIT = Exhibit(title="t", title_zh="t", columns=COLUMNS)
WORDS = [("en", "one treated unit"), ("zh", "仅一个处理个体")]
BUILDERS = [(regression_grid, "columns"), (listing_grid, "list")]


@pytest.fixture
def files(made_up) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two columns, p below 0.01 in both, a caution on the treatment of the first."""
    main, models = made_up(EXHIBIT)
    main = main.assign(p_value=0.001, caution="")
    main.loc[main["term"] == "zone_first", "caution"] = ALONE
    return main, models


@pytest.mark.parametrize(
    ("build", "layout"), [(regression_grid, "columns"), (listing_grid, "list")]
)
@pytest.mark.parametrize(
    ("language", "word"), [("en", "one treated unit"), ("zh", "仅一个处理个体")]
)
def test_a_caution_takes_the_star_and_is_said_once(files, build, layout, language, word):
    exhibit = dataclasses.replace(EXHIBIT, layout=layout)
    made = build("made_up", exhibit, *files, Style(lexicon=Lexicon(language)))
    first = {row.term: row.cells for panel in made.panels for row in panel.rows if row.label}
    assert not any("*" in cell for cell in first["zone_first"])
    assert any("***" in cell for cell in first["zone_share"])
    assert sum(note.count(word) for note in made.notes) == 1


@pytest.mark.parametrize(
    ("build", "layout"), [(regression_grid, "columns"), (listing_grid, "list")]
)
def test_a_withheld_error_has_its_reason_in_its_place(files, build, layout):
    main, models = files
    gone = main["term"] == "zone_first"
    main.loc[gone, ["std_error", "statistic", "p_value", "ci_low", "ci_high"]] = np.nan
    main = main.assign(caution="", withheld=np.where(gone, ALONE, ""))
    made = build("made_up", dataclasses.replace(EXHIBIT, layout=layout), main, models, Style())
    cells = [
        c for p in made.panels for row in p.rows if row.term == "zone_first" for c in row.cells
    ]
    assert "(one treated unit)" in cells
    assert not any("one treated unit" in note for note in made.notes)


@pytest.mark.parametrize(("build", "layout"), BUILDERS)
@pytest.mark.parametrize(("caution", "starred"), [("", True), (FEW, False)])
def test_a_p_value_that_needs_no_error_keeps_its_star(files, build, layout, caution, starred):
    main, models = files
    gone = main["term"] == "zone_first"
    main.loc[gone, ["std_error", "statistic"]] = np.nan
    main = main.assign(caution=np.where(gone, caution, ""), withheld=np.where(gone, ALONE, ""))
    made = build("made_up", dataclasses.replace(EXHIBIT, layout=layout), main, models, Style())
    cells = [
        c for p in made.panels for row in p.rows if row.term == "zone_first" for c in row.cells
    ]
    assert any("***" in cell for cell in cells) == starred
    assert any("(one treated unit)" in cell for cell in cells)
    assert any("units behind it: 3" in note for note in made.notes) != starred


def test_cautions_are_read_beside_the_estimates(tmp_path, files):
    main, _ = files
    key = {"exhibit": "made_up", "column": main["column"].iloc[0], "term": "zone_first"}
    parts = {"": main.drop(columns="caution"), "cautions": pd.DataFrame([{**key, "reason": ALONE}])}
    estimates.write(tmp_path, "made_up", EXHIBIT, parts)
    read = estimates.read_cautioned(tmp_path, "made_up", EXHIBIT)
    assert read.loc[read["caution"] != "", "term"].tolist() == ["zone_first"]
    assert (read["withheld"] == "").all()
    (tmp_path / "made_up.cautions.csv").unlink()
    assert (estimates.read_cautioned(tmp_path, "made_up", EXHIBIT)["caution"] == "").all()


@pytest.mark.parametrize("said", [[LONE], [LONE, THIN]])
def test_the_first_reason_of_a_term_without_an_error_is_that_of_the_error(tmp_path, files, said):
    main, _ = files
    key = {"exhibit": "made_up", "column": main["column"].iloc[0], "term": "zone_first"}
    main.loc[main["term"] == "zone_first", "std_error"] = np.nan
    cautions = pd.DataFrame([{**key, "reason": encode(said)}])
    made = {"": main.drop(columns="caution"), "cautions": cautions}
    estimates.write(tmp_path, "made_up", EXHIBIT, made)
    read = estimates.read_cautioned(tmp_path, "made_up", EXHIBIT).set_index("term")
    assert read.loc["zone_first", "withheld"] == ALONE
    assert read.loc["zone_first", "caution"] == encode(said[1:])
