"""All that an exhibit lacks, in one list."""

import dataclasses
from pathlib import Path

import pandas as pd
import pytest

from pilotzone import exhibits
from pilotzone.catalogue import Figure, Specification
from pilotzone.explain.lacking import lacking

ESTIMATES = Path(__file__).parents[2] / "output/estimates"


@pytest.mark.parametrize("exhibit_id", ["did_baseline", "rollout", "city_network", "moran"])
def test_an_exhibit_that_is_complete(exhibit_id):
    assert lacking(exhibit_id, exhibits.load(exhibit_id), ESTIMATES) == []


def test_everything_is_listed_in_one_run(tmp_path):
    column = Specification(outcome="output_per_bee", treatment="zone_first", controls=("honey",))
    exhibit = dataclasses.replace(
        exhibits.load("did_baseline"),
        title_zh="",
        columns=(column,),
        notes=("Bees are counted at night.",),
        notes_zh=(),
        figure=Figure(kind="hive", title="Bees"),
    )
    found = lacking("bees", exhibit, tmp_path)
    assert found == [
        "title and title_zh: say what is shown, in both languages",
        "notes_zh: 1 notes have no Chinese",
        *[line for line in found if line.startswith("figure: 'hive' is not known; known: ")],
        "column 1: data/codebook.csv has no variable 'output_per_bee'; add a row with its labels",
        "column 1: data/codebook.csv has no variable 'honey'; add a row with its labels",
        "estimates: run `make output/estimates/bees.csv`",
    ]
    assert len(found) == 6


def test_a_reason_without_words_and_a_term_without_a_label(tmp_path):
    for name in ("did_baseline.csv", "did_baseline.models.csv"):
        table = pd.read_csv(ESTIMATES / name, dtype=str, keep_default_na=False)
        if "reason" in table:
            table.loc[0, "reason"] = '[{"code": "bees"}]'
        if "term" in table:
            table.loc[0, "term"] = "honey"
        table.to_csv(tmp_path / name, index=False)
    found = lacking("did_baseline", exhibits.load("did_baseline"), tmp_path)
    assert any("'bees'" in line for line in found)
    assert any(line.startswith("term 'honey': ") for line in found)
