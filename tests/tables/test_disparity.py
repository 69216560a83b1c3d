"""Tables of the measure exhibits from the committed estimates: layout, notes, both languages."""

import math

import pytest

from pilotzone import estimates, exhibits, tables
from pilotzone.catalogue import codebook, reasons
from pilotzone.catalogue.words import Lexicon
from pilotzone.tables import latex, markdown
from pilotzone.tables.disparity import GROWTH
from pilotzone.tables.layout import fit
from pilotzone.tables.style import Style

IDS = ("coupling", "measure_gini", "measure_convergence", "measure_kernel", "measure_markov")


@pytest.fixture
def build(root, committed_table):
    def make(exhibit_id, language="en", **style):
        if not style:
            return committed_table(exhibit_id, language)
        folder = root / "output/estimates"
        style = Style(lexicon=Lexicon(language), **style)
        return tables.build(exhibit_id, exhibits.load(exhibit_id), folder, style)

    return make


@pytest.fixture
def read(root):
    return lambda name: estimates.read(root / f"output/estimates/{name}.csv")


@pytest.mark.parametrize("exhibit_id", IDS)
@pytest.mark.parametrize("language", codebook.LANGUAGES)
def test_renderings_read_back_as_the_grid(build, exhibit_id, language):
    table = build(exhibit_id, language=language)
    assert markdown.parse(markdown.render(table)) == table.lines()
    assert latex.parse(latex.render(table)) == [part.lines() for part in fit(table).parts]
    for panel in table.panels:
        for row in panel.rows:
            assert len(row.cells) == table.n_columns, (exhibit_id, row.label)


def test_shares_of_the_gini_stand_by_year_with_the_change_in_a_note(build, read):
    table = build("measure_gini")
    assert [panel.title for panel in table.panels[:3]] == [
        "NQP index",
        "NQP index without e-commerce",
        "NQP index, weighted within the year",
    ]
    values = read("measure_gini").set_index(["variant", "year", "measure", "part"])
    first = table.panels[0].rows[0]
    own = values.loc[("nqp", 2013)]
    assert first.label == "2013"
    assert first.cells == (
        f"{own.loc[('dagum', 'total'), 'value']:.3f}",
        *(
            f"{own.loc[('dagum', part), 'share']:.3f}"
            for part in ("within", "between", "transvariation")
        ),
        f"{own.loc[('theil', 'total'), 'value']:.3f}",
        f"{own.loc[('theil', 'between'), 'share']:.3f}",
    )
    total = values["value"].xs("dagum", level="measure").xs("total", level="part")["nqp"]
    change = f"{total[2022] - total[2013]:.3f}".replace("-", "−")
    (said,) = [n for n in table.notes if n.startswith("Change of the Gini from 2013 to 2022")]
    assert f"{change} (NQP index, highest in {total.idxmax()})" in said


def test_gini_of_a_pair_stands_under_its_regions(build, read):
    panel = build("measure_gini").panels[3]
    assert panel.header[0].texts == (
        *("East", "Central", "West", "East-central", "East-west", "Central-west"),
    )
    rows = read("measure_gini.contributions")
    rows = rows[(rows["variant"] == "nqp") & (rows["year"] == 2022) & (rows["measure"] == "dagum")]
    values = rows.set_index(["group", "other"])["value"]
    assert panel.rows[-1].cells == tuple(
        f"{values[pair]:.3f}"
        for pair in (
            *(("east", "east"), ("central", "central"), ("west", "west")),
            *(("central", "east"), ("east", "west"), ("central", "west")),
        )
    )


def test_errors_of_the_growth_regressions_follow_the_style(build, read):
    beta = read("measure_convergence.beta").set_index(["variant", "model", "term"])
    row = beta.loc[("nqp", "period", "initial")]
    # Two digits of the smallest error of the table of growth regressions.
    mine = beta.loc["nqp"].reset_index()
    smallest = mine.loc[mine["term"].isin(GROWTH), "std_error"].min()
    places = 1 - math.floor(math.log10(smallest))
    shown = {
        "se": f"({row['std_error']:.{places}f})",
        "t": f"({row['statistic']:.3f})".replace("-", "−"),
    }
    for show, text in shown.items():
        rows = build("measure_convergence", show=show).panels[1].rows
        at = next(k for k, r in enumerate(rows) if r.term == "period")
        assert rows[at].cells[0] == f"{row['estimate']:.{places}f}***".replace("-", "−")
        assert rows[at + 1].cells[0] == text
    plain = build("measure_convergence", show="nostars")
    assert not any("*" in cell for panel in plain.panels for r in panel.rows for cell in r.cells)
    assert not any("p < 0.01" in note for note in plain.notes)


def test_the_value_without_convergence_stands_under_the_two_way_line(build):
    rows = build("measure_convergence").panels[1].rows
    labels_below = [r.label for r in rows]
    at = labels_below.index("Annual, two-way effects")
    assert labels_below[at + 2] == "· Expected if no province converges"
    assert rows[at + 2].cells[0] == "−0.3000"
    assert rows[at + 4].cells[0].startswith("[p = ")


def test_a_chain_without_ergodic_distribution_is_a_dash_with_its_reason(build, read):
    chains = read("measure_markov.chains")
    lost = chains[chains["identified"] == "no"]
    for language in codebook.LANGUAGES:
        table = build("measure_markov", language=language)
        ergodic = [
            row for panel in table.panels for row in panel.rows if row.term.endswith(":ergodic")
        ]
        assert sum(set(row.cells[1:]) == {"—"} for row in ergodic) == len(lost)
        for reason in {reasons.cell(reason, Lexicon(language)) for reason in lost["reason"]}:
            assert any(reason in note for note in table.notes)


def test_provinces_are_counted_in_ten_classes(build, read):
    table = build("coupling")
    classes = table.panels[1].rows
    assert len(classes) == 10
    assert classes[0].label == "extreme imbalance (0-0.1)"
    assert classes[-1].label == "quality coordination (0.9-1)"
    for column in range(table.n_columns):
        assert sum(int(row.cells[column]) for row in classes) == 30
    degrees = read("coupling")
    last = degrees[(degrees["system"] == "index_ecommerce") & (degrees["year"] == 2022)]
    assert [int(row.cells[1]) for row in classes] == [
        int((last["class"] == c).sum()) for c in range(1, 11)
    ]


def test_the_correlation_of_degree_and_level_is_said(build, read):
    values = read("coupling.statistics").set_index(["system", "year", "statistic"])["value"]
    for language, name in (("en", "Index and e-commerce"), ("zh", "指数与跨境电商")):
        found = values["index_ecommerce", "all", "correlation_degree_level"]
        (note,) = [n for n in build("coupling", language=language).notes if n.startswith("D")][:1]
        assert f"{found:.3f} ({name})" in note
