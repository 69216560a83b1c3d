"""A term with a caution carries no star, and its reason stands in the cell or under the table."""

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

ALONE = encode([Reason("one_treated_unit", {})])
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
    made = build("made_up", dataclasses.replace(EXHIBIT, layout=layout), main, models, Style())
    cells = [
        c for p in made.panels for row in p.rows if row.term == "zone_first" for c in row.cells
    ]
    assert "(one treated unit)" in cells
    assert not any("one treated unit" in note for note in made.notes)


def test_cautions_are_read_beside_the_estimates(tmp_path, files):
    main, _ = files
    key = {"exhibit": "made_up", "column": main["column"].iloc[0], "term": "zone_first"}
    parts = {"": main.drop(columns="caution"), "cautions": pd.DataFrame([{**key, "reason": ALONE}])}
    estimates.write(tmp_path, "made_up", EXHIBIT, parts)
    read = estimates.read_cautioned(tmp_path, "made_up", EXHIBIT)
    assert read.loc[read["caution"] != "", "term"].tolist() == ["zone_first"]
    (tmp_path / "made_up.cautions.csv").unlink()
    assert (estimates.read_cautioned(tmp_path, "made_up", EXHIBIT)["caution"] == "").all()
