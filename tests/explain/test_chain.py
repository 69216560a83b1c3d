"""The chain from a printed column back to the published figures, beside the files it names."""

import csv
from pathlib import Path

import pytest

from pilotzone import exhibits
from pilotzone.errors import UserError
from pilotzone.explain.chain import chain

ROOT = Path(__file__).parents[2]


def links(exhibit_id, column):
    """Return the lines by the word that each begins with."""
    path = exhibits.paths()[exhibit_id]
    found = {}
    for line in chain(exhibit_id, exhibits.load(exhibit_id), path, column, ROOT):
        kind, _, text = line.partition(" ")
        found.setdefault(kind, []).append(text.strip())
    return found


def lines_of(place):
    """Return the lines of a file that a link such as ``file:4-7 name`` points at."""
    name, _, numbers = place.split()[0].partition(":")
    first, _, last = numbers.partition("-")
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return lines[int(first) - 1 : int(last or first)]


def test_each_link_points_at_what_it_names():
    found = links("inference", "zone_first:permutation")
    assert lines_of(found["exhibit"][0]) == ["EXHIBIT = Exhibit("]
    assert lines_of(found["estimator"][0])[0].startswith("def two_way(")
    assert lines_of(found["inference"][0])[0].startswith("def by_randomisation(")
    for place in found["estimates"]:
        rows = list(csv.reader(lines_of(place)))
        assert rows
        assert {row[1] for row in rows} == {"zone_first:permutation"}


def test_rows_of_a_column_are_all_there():
    found = links("did_baseline", "nqp:zone_first:baseline")
    estimates, models = found["estimates"]
    path = ROOT / "output/estimates/did_baseline.csv"
    with path.open(encoding="utf-8", newline="") as file:
        there = [row for row in csv.reader(file) if row[1] == "nqp:zone_first:baseline"]
    assert list(csv.reader(lines_of(estimates))) == there
    assert len(lines_of(models)) == 1


def test_variables_lead_to_formulas_and_figures():
    found = links("did_baseline", "nqp:zone_first:baseline")
    formulas = dict(line.split(" = ", 1) for line in found["variable"])
    assert formulas["openness"] == "trade_total_100m_usd * cny_per_usd / gdp_100m_cny"
    assert formulas["zone_first"].startswith("data/raw/pilot_zones.csv")
    assert formulas["nqp"].startswith("entropy weights of students_per_10k")
    published = [line.split(" in ")[0] for line in found["published"]]
    assert {"trade_total_100m_usd", "gdp_100m_cny", "higher_education_students"} <= set(published)
    assert len(published) == len(set(published))


@pytest.mark.parametrize(
    ("exhibit_id", "column", "known"),
    [("did_baseline", "nqp", "nqp:zone_first:none"), ("descriptives", "nqp", "a description")],
)
def test_a_column_that_is_not_there(exhibit_id, column, known):
    with pytest.raises(UserError, match=f"has no column '{column}'; its columns: .*{known}"):
        links(exhibit_id, column)
