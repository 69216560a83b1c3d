import numpy as np
import pytest

from pilotzone import plots
from pilotzone.catalogue import Inference, beside, grid
from pilotzone.plots.placebo import kernel_density

INFERENCE = Inference(draws=9, seed=1)
DRAWS = {"fake_rollout": 80, "permuted_paths": 120}


def drawn(column):
    rng = np.random.default_rng(len(column))
    return np.round(rng.normal(0, 0.01, DRAWS[column.rpartition(":")[2]]), 8)


@pytest.fixture(scope="module")
def exhibit(made_up):
    return made_up(
        "placebo",
        [
            *grid(
                outcome="nqp",
                treatment="zone_first",
                controls=("none", "baseline"),
                estimator="fake_rollout",
                inference=INFERENCE,
            ),
            *grid(
                outcome="nqp",
                treatment="zone_first",
                controls=("none", "baseline"),
                estimator="permuted_paths",
                inference=INFERENCE,
            ),
            *beside(
                grid(outcome="nqp", treatment="zone_first"),
                "two_years_early",
                variant="two_years_early",
                options=(("years_early", 2),),
            ),
        ],
    )


@pytest.fixture(scope="module")
def folder(exhibit, write):
    shown = [c for c in exhibit.column_ids() if not c.endswith("two_years_early")][:-1]

    def rows(column):
        if column == "baseline:permuted_paths":
            return None
        return [
            {"term": "zone_first", "estimate": 0.03, "std_error": 0.01, "p_value": 0.5},
            {"term": "test:on_t", "p_value": 0.0123},
        ]

    draws = [
        {"column": column, "draw": number, "coefficient": value, "t": 1.0}
        for column in shown
        for number, value in enumerate(drawn(column), start=1)
    ]
    draws[0]["coefficient"] = None
    return write(exhibit, rows, (("draws", draws),))


@pytest.fixture(scope="module")
def figure(exhibit, folder):
    return plots.draw("made_up", exhibit, folder)


COLUMNS = ("none:fake_rollout", "baseline:fake_rollout", "none:permuted_paths")


def test_bars_count_the_draws_of_the_file(figure):
    for axes, column in zip(figure.axes, COLUMNS, strict=True):
        values = drawn(column)[1:] if column == COLUMNS[0] else drawn(column)
        expected, edges = np.histogram(values, len(axes.patches), density=True)
        heights = [bar.get_height() for bar in axes.patches]
        places = [bar.get_x() for bar in axes.patches]
        np.testing.assert_allclose(heights, expected, rtol=1e-9)
        np.testing.assert_allclose(places, edges[:-1], atol=1e-12)


def test_the_estimate_and_its_p_are_shown(figure):
    for axes in figure.axes:
        upright = [line for line in axes.lines if len(set(line.get_xdata())) == 1]
        assert [float(line.get_xdata()[0]) for line in upright] == [0.03]
        assert axes.texts[0].get_text().split("\n")[0] == "p = 0.012 (t)"
        assert axes.get_xlim()[1] > 0.03


def test_draws_are_counted_with_those_undefined(figure):
    counts = [axes.texts[0].get_text().split("\n")[1] for axes in figure.axes]
    assert counts == ["79 draws, 1 undefined", "80 draws", "120 draws"]


def test_kinds_of_placebo_are_rows(figure, page_texts):
    first, second, third = (axes.get_position() for axes in figure.axes)
    assert first.y0 == second.y0 > third.y0
    assert first.x0 == third.x0 < second.x0
    text = page_texts(figure)
    assert "Random units in random years" in text
    assert "Not identified, not drawn: Treatment paths permuted · controls: baseline" in text
    assert "two years early" not in text


def test_the_kernel_density_is_a_density_of_the_draws():
    draws = np.random.default_rng(1).normal(2.0, 3.0, 4_000)
    points = np.linspace(-20, 24, 1_001)
    density = kernel_density(draws, points)
    width = points[1] - points[0]
    assert density.sum() * width == pytest.approx(1, abs=1e-6)
    assert (points * density).sum() * width == pytest.approx(draws.mean(), abs=1e-4)
    exact = np.exp(-(((points - 2) / 3) ** 2) / 2) / (3 * np.sqrt(2 * np.pi))
    assert np.abs(density - exact).max() < 0.01


def test_the_page_is_sound(exhibit, folder, figure, sound):
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)
