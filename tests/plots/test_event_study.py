import shutil

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, plots
from pilotzone.catalogue import Inference, grid
from pilotzone.errors import UserError
from pilotzone.plots.event_study import END, POINT

TIMES = {"event_study": (-4, -3, -2, 0, 1, 2, 3, 4), "event_study_unbinned": (-3, -2, 0, 1)}
# Drawn numbers pass through 12 digits in the file and one subtraction and addition.
TOLERANCE = 1e-10
DRAWS = Inference(draws=9, seed=1)


def value(column, time):
    return 0.01 * time + 0.001 * len(column)


@pytest.fixture(scope="module")
def exhibit(made_up):
    return made_up(
        "event_study",
        [
            *grid(
                outcome="nqp",
                treatment="zone_first",
                controls=("none", "baseline"),
                estimator="event_study",
                inference=DRAWS,
            ),
            *grid(
                outcome="nqp",
                treatment="zone_first",
                sample="pre_covid",
                estimator="event_study_unbinned",
                inference=DRAWS,
            ),
            *grid(
                outcome="nqp",
                treatment="zone_first",
                estimator="event_study_unbinned",
                inference=DRAWS,
            ),
        ],
    )


@pytest.fixture(scope="module")
def folder(exhibit, write):
    lost = "none:main:event_study_unbinned"

    def rows(column):
        if column == lost:
            return None
        path = [
            {
                "term": f"event:{time}",
                "estimate": value(column, time),
                "std_error": 0.01,
                "ci_low": value(column, time) - 0.02,
                "ci_high": value(column, time) + 0.03,
            }
            for time in TIMES[column.rpartition(":")[2]]
        ]
        return [*path, {"term": "test:leads", "statistic": 1.0, "p_value": 0.0403}]

    drawn = [c for c in exhibit.column_ids() if c != lost]
    bands, support = [], []
    for column in drawn:
        for time in TIMES[column.rpartition(":")[2]]:
            key = {"column": column, "term": f"event:{time}"}
            at = value(column, time)
            bands.append({**key, "ci_low": at - 0.05, "ci_high": at + 0.06, "critical": 2.7})
            support.append({**key, "cohorts": "2016", "n_units": 20 + time})
    parts = (("bands", bands), ("support", support))
    return write(exhibit, rows, parts)


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


def intervals(axes):
    """Return the limits of the drawn bars by width of line, place and colour aside."""
    found = {}
    for container in axes.containers:
        _, _, (bars,) = container
        for low, high in bars.get_segments():
            found.setdefault(float(bars.get_linewidth()[0]), {})[round(low[0])] = low[1], high[1]
    return found


def test_points_and_intervals_are_those_of_the_files(figure, folder):
    rows = estimates.read(folder / "made_up.csv")
    bands = estimates.read(folder / "made_up.bands.csv")
    columns = ("none:main:event_study", "baseline:main:event_study")
    for column, axes in zip(
        (*columns, "none:pre_covid:event_study_unbinned"), figure.axes, strict=True
    ):
        drawn = intervals(axes)
        own = rows[(rows["column"] == column) & rows["term"].str.startswith("event:")]
        wide = bands[bands["column"] == column].set_index("term")
        assert len(own) == len(TIMES[column.rpartition(":")[2]])
        points = {}
        for container in axes.containers:
            if container.lines[0] is not None:
                points |= dict(zip(*container.lines[0].get_data(), strict=True))
        for row in own.itertuples():
            time = int(row.term.removeprefix("event:"))
            assert points[time] == pytest.approx(row.estimate, abs=TOLERANCE)
            assert drawn[2.2][time] == pytest.approx((row.ci_low, row.ci_high), abs=TOLERANCE)
            band = wide.loc[row.term]
            assert drawn[0.8][time] == pytest.approx((band.ci_low, band.ci_high), abs=TOLERANCE)


def test_the_reference_is_zero_and_treatment_starts_after_it(figure):
    for axes in figure.axes:
        (reference,) = [line for line in axes.lines if line.get_marker() == "D"]
        assert [list(xy) for xy in reference.get_data()] == [[-1], [0]]
        dashed = [line for line in axes.lines if list(line.get_xdata()) == [-0.5, -0.5]]
        assert len(dashed) == 1


def test_binned_ends_have_their_own_mark_and_tick(figure):
    def marked(axes, mark):
        lines = [c.lines[0] for c in axes.containers if c.lines[0] is not None]
        return [x for line in lines if line.get_marker() == mark.marker for x in line.get_xdata()]

    for axes in figure.axes[:2]:
        assert marked(axes, END) == [-4, 4]
        assert marked(axes, POINT) == [-3, -2, 0, 1, 2, 3]
        ticks = [label.get_text() for label in axes.get_xticklabels()]
        assert (ticks[0], ticks[1], ticks[-1]) == ("≤−4", "−3", "≥4")
    assert marked(figure.axes[2], END) == []
    assert figure.axes[2].get_xticklabels()[0].get_text() == "−3"


def test_the_test_of_the_leads_and_the_support_are_printed(figure):
    for axes in figure.axes:
        first, *counts = [text.get_text() for text in axes.texts]
        assert first == "leads jointly zero: p = 0.040"
        places = [text.get_position()[0] for text in axes.texts[1:]]
        assert [int(text) for text in counts] == [20 + place for place in places]


def test_a_column_that_is_not_identified_is_named_and_not_drawn(figure, page_texts):
    assert len(figure.axes) == 3
    text = page_texts(figure)
    assert "Not identified, not drawn: Two-way event study, all times · sample: main" in text
    assert "Reason: the treatment does not vary within unit and period effects." in text
    assert "Main: 30 provinces without Tibet, 2013-2022, N = 300" in text
    assert "Pre-2020: 30 provinces without Tibet, 2013-2019, N = 210" in text


def test_panels_of_one_row_and_outcome_share_their_scale(figure):
    first, second, _ = figure.axes
    assert first.get_ylim() == second.get_ylim()
    low, high = first.get_ylim()
    bounds = np.array([list(intervals(axes)[0.8].values()) for axes in (first, second)])
    assert low < bounds.min()
    assert bounds.max() < high


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_a_part_without_a_column_is_named(exhibit, folder, tmp_path):
    folder = shutil.copytree(folder, tmp_path / "own")
    path = folder / "made_up.support.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "pre_covid" not in line))
    with pytest.raises(UserError, match=r"support\.csv: no rows of column 'none:pre_covid"):
        plots.draw("made_up", exhibit, folder)


def test_a_column_may_have_no_band(exhibit, folder, tmp_path):
    folder = shutil.copytree(folder, tmp_path / "own")
    path = folder / "made_up.bands.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "pre_covid" not in line))
    figure = plots.draw("made_up", exhibit, folder)
    # Pointwise intervals stay in every panel.
    assert all(axes.containers for axes in figure.axes if axes.get_lines())


def test_models_of_other_columns_are_named(exhibit, folder, tmp_path):
    folder = shutil.copytree(folder, tmp_path / "own")
    path = folder / "made_up.models.csv"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "pre_covid" not in line))
    with pytest.raises(
        UserError, match=r"other columns \(none:pre_covid:event_study_unbinned\); run"
    ):
        plots.draw("made_up", exhibit, folder)


def test_nothing_identified_leaves_a_page_with_the_reason(made_up, write, page_texts, sound):
    columns = grid(
        outcome="nqp", treatment="zone_first", estimator="event_study_unbinned", inference=DRAWS
    )
    exhibit = made_up("event_study", columns)
    folder = write(exhibit, lambda column: None)
    figure = plots.draw("made_up", exhibit, folder)
    assert figure.axes == []
    assert "Not identified, not drawn: all. Reason: the treatment does not vary" in page_texts(
        figure
    )
    sound(lambda: plots.draw("made_up", exhibit, folder))


def test_a_term_with_a_caution_is_hollow_without_interval_and_band(
    exhibit, folder, tmp_path, cautions, page_texts
):
    folder = shutil.copytree(folder, tmp_path / "own")
    column = "none:main:event_study"
    name, rows = cautions((column, "event:1"))
    estimates.write(
        folder, "made_up", exhibit, {name: pd.DataFrame(rows).assign(exhibit="made_up")}
    )
    figure = plots.draw("made_up", exhibit, folder)
    axes = figure.axes[0]
    assert len(intervals(axes)) == 2
    for limits in intervals(axes).values():
        assert sorted(limits) == [time for time in TIMES["event_study"] if time != 1]
    hollow = [ln for ln in axes.lines if ln.get_markerfacecolor() == "white"]
    drawn = {ln.get_xdata()[0]: ln.get_ydata()[0] for ln in hollow}
    assert drawn == {-1: 0, 1: pytest.approx(value(column, 1), abs=TOLERANCE)}
    assert "Hollow: Event time 1: units behind it: 3, fewer than 10." in page_texts(figure)
