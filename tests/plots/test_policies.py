"""The matrix of policies as points: one for each identified column, at its treatment's line."""

import pytest

from pilotzone import plots
from pilotzone.catalogue import grid
from pilotzone.errors import UserError

TREATMENTS = ("policy_low_carbon", "policy_broadband_china")


@pytest.fixture
def exhibit(made_up):
    shared = {"outcome": "nqp_city", "treatment": TREATMENTS, "sample": "balanced"}
    columns = (
        *grid(**shared),
        *grid(**shared, estimator="imputation", effects=("two_way", "unit_trends")),
    )
    return made_up("policies", columns)


def rows(column):
    """Trends are not identified for the first policy; the place of a column is its estimate."""
    if "unit_trends" in column and "low_carbon" in column:
        return None
    estimate = 0.1 if "low_carbon" in column else 0.2
    treatment = next(name for name in TREATMENTS if name in column)
    term = "overall:simple" if "imputation" in column else treatment
    ends = {"ci_low": estimate - 0.05, "ci_high": estimate + 0.05}
    return [{"term": term, "estimate": estimate, "std_error": 0.02, **ends}]


def test_every_identified_column_is_a_point_on_the_line_of_its_treatment(exhibit, write):
    figure = plots.draw("made_up", exhibit, write(exhibit, rows))
    (axes,) = figure.axes
    assert [text.get_text() for text in axes.get_yticklabels()] == [
        "Low-carbon pilot",
        "Broadband China",
    ]
    drawn = {}
    for container in axes.containers:
        x, y = container.lines[0].get_data()
        for estimate, place in zip(x, y, strict=True):
            drawn.setdefault(round(place), []).append(estimate)
    assert {place: sorted(found) for place, found in drawn.items()} == {
        0: [0.1, 0.1],
        1: [0.2, 0.2, 0.2],
    }
    (legend,) = figure.legends
    assert len(legend.get_texts()) == 3


def test_it_is_a_sound_figure(exhibit, write, sound):
    folder = write(exhibit, rows)
    sound(lambda: plots.draw("made_up", exhibit, folder))


def test_nothing_identified_is_said(exhibit, write):
    with pytest.raises(UserError, match="no column is identified"):
        plots.draw("made_up", exhibit, write(exhibit, lambda column: None))
