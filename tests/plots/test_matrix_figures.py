"""Figures of the spatial group: what is drawn is what the files say.

Values pass through 12 significant digits: 1e-12.
"""

import numpy as np
import pandas as pd
import pytest

from pilotzone import estimates, exhibits, plots
from pilotzone.catalogue import Exhibit, Figure, Inference, codebook, grid, letters
from pilotzone.plots import sheet

CODES = [code for code in codebook.provinces() if code != "540000"]
# Numbers that make a matrix, each with the matrix that takes it.
NUMBERS = (
    ("neighbours", 2, "nearest"),
    ("neighbours", 4, "nearest"),
    ("exponent", 1.0, "inverse_distance"),
)


@pytest.fixture
def moran(tmp_path):
    rng = np.random.default_rng(1)
    rows = pd.DataFrame(
        {
            "outcome": "nqp",
            "weights": "contiguity",
            "year": 2022,
            "unit": CODES,
            "standardised": rng.normal(size=len(CODES)).round(6),
            "lag": rng.normal(size=len(CODES)).round(6),
            "value": 0.1,
            "quadrant": ["HH", "LL"] * (len(CODES) // 2),
            "p_value": 0.01,
            "p_adjusted": [0.01] * 4 + [0.5] * (len(CODES) - 4),
        }
    )
    overall = pd.DataFrame(
        {
            "outcome": ["nqp"],
            "weights": ["contiguity"],
            "year": [2022],
            "statistic": ["moran:permutation"],
            "value": [0.1],
            "p_value": [0.01],
        }
    )
    choices = (("outcome", "nqp"), ("weights", "contiguity"), ("year", "2022"))
    figure = Figure(kind="moran", title="Made-up picture", choices=choices)
    describe = exhibits.load("moran").describe
    exhibit = Exhibit(title="t", title_zh="t", describe=describe, figure=figure)
    estimates.write(tmp_path, "moran", exhibit, {"": overall, "local": rows})
    return exhibit, tmp_path, rows


def test_the_scatter_is_that_of_the_file_and_its_slope_is_morans_i(moran):
    exhibit, folder, rows = moran
    scatter, tiles = plots.draw("moran", exhibit, folder).axes
    points = next(line for line in scatter.lines if line.get_label() == "units")
    np.testing.assert_allclose(np.sort(points.get_xdata()), np.sort(rows["standardised"]))
    guide = scatter.lines[-1]
    slope = np.diff(guide.get_ydata())[0] / np.diff(guide.get_xdata())[0]
    by_hand = (rows["standardised"] * rows["lag"]).sum() / (rows["standardised"] ** 2).sum()
    assert slope == pytest.approx(by_hand, abs=1e-10)
    marked = [t.get_text() for t in tiles.texts if t.get_text() in ("H-H", "L-L", "H-L", "L-H")]
    assert sorted(marked) == ["H-H", "H-H", "L-L", "L-L"]


def test_without_a_cluster_there_is_no_map_and_half_a_page(moran, sound):
    exhibit, folder, rows = moran
    parts = {"": estimates.read(folder / "moran.csv"), "local": rows.assign(p_adjusted=0.5)}
    estimates.write(folder, "moran", exhibit, parts)
    figure = plots.draw("moran", exhibit, folder)
    (scatter,) = figure.axes
    assert figure.get_figwidth() == sheet.HALF
    assert "No map: no local Moran is significant" in " ".join(figure.notes)
    outside = rows["standardised"].abs() > 1
    assert sorted(t.get_text() for t in scatter.texts) == sorted(
        letters.LETTERS[unit] for unit in rows["unit"][outside]
    )
    sound(lambda: plots.draw("moran", exhibit, folder), figure)


def test_the_moran_page_is_sound(moran, sound):
    exhibit, folder, _ = moran
    sound(lambda: plots.draw("moran", exhibit, folder))


@pytest.mark.slow
def test_draws_of_matrices_and_the_real_one(made_up, write, sound):
    columns = grid(
        outcome="nqp",
        treatment=("zone_share", "zone_first"),
        weights="contiguity",
        estimator=("relabelled_matrices", "random_graphs"),
        inference=Inference(draws=100, seed=1),
    )
    exhibit = made_up("matrix_placebo", columns)
    rng = np.random.default_rng(2)

    def rows(column):
        treatment = column.split(":")[0]
        return [
            {"term": "rho", "estimate": 0.3},
            {"term": f"indirect:{treatment}", "estimate": 0.05},
            {"term": "test:rho", "statistic": 0.3, "p_value": 0.02},
            {"term": "test:indirect", "statistic": 0.05, "p_value": 0.4},
        ]

    draws = [
        {"column": c, "draw": n, "rho": rng.normal(0, 0.1), "indirect": rng.normal(0, 0.02)}
        for c in exhibit.column_ids()
        for n in range(1, 101)
    ]
    folder = write(exhibit, rows, (("matrices", draws),))
    figure = plots.draw("made_up", exhibit, folder)
    assert len(figure.axes) == 8
    for axes, value, p in zip(figure.axes, (0.3, 0.05) * 4, ("0.020", "0.400") * 4, strict=True):
        assert sum(patch.get_height() for patch in axes.patches) == 100
        assert [line.get_xdata()[0] for line in axes.lines] == [pytest.approx(value)]
        assert p in axes.texts[0].get_text()
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_effects_stand_at_their_numbers(made_up, write, sound):
    columns = tuple(
        column
        for name, number, matrix in NUMBERS
        for column in grid(
            outcome="nqp",
            treatment="zone_share",
            variant=f"{name}:{number}",
            options=((name, number),),
            weights=matrix,
            estimator="sdm",
        )
    )
    exhibit = made_up("matrix_sensitivity", columns)

    def rows(column):
        size = float(column.rpartition(":")[2])
        return [
            {
                "term": f"{part}:zone_share",
                "estimate": size * scale,
                "ci_low": size * scale - 1,
                "ci_high": size * scale + 2,
            }
            for part, scale in (("direct", 1.0), ("indirect", -1.0))
        ]

    folder = write(exhibit, rows)
    figure = plots.draw("made_up", exhibit, folder)
    neighbours, exponent = figure.axes
    heights = [c.lines[0].get_ydata().tolist() for c in neighbours.containers]
    assert heights == [[2.0, 4.0], [-2.0, -4.0]]
    assert [t.get_text() for t in neighbours.get_xticklabels()] == ["2", "4"]
    assert neighbours.get_xlabel() == "Number of neighbours"
    assert exponent.get_xlabel() == "Exponent"
    (legend,) = figure.legends
    assert [t.get_text() for t in legend.get_texts()] == ["direct effect", "indirect effect"]
    assert [c.lines[0].get_ydata().tolist() for c in exponent.containers] == [[1.0], [-1.0]]
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_responses_are_lines_and_unidentified_columns_are_named(made_up, write, sound, page_texts):
    columns = grid(
        outcome="nqp",
        treatment="zone_share",
        weights="contiguity",
        effects=("two_way", "unit"),
        estimator="dynamic_sdm",
        inference=Inference(draws=9, seed=1),
    )
    exhibit = made_up("impulse_response", columns)
    responses = [
        {
            "column": "two_way",
            "part": part,
            "horizon": h,
            "estimate": v / (h + 1),
            "ci_low": -1,
            "ci_high": 1,
        }
        for part, v in (("direct", 2.0), ("indirect", 1.0), ("total", 3.0))
        for h in range(11)
    ]
    folder = write(
        exhibit,
        lambda column: [{"term": "rho", "estimate": 0.1}] if column == "two_way" else None,
        (("responses", responses),),
    )
    figure = plots.draw("made_up", exhibit, folder)
    (axes,) = figure.axes
    lines = {line.get_label(): line.get_ydata() for line in axes.lines}
    np.testing.assert_allclose(lines["direct"], [2.0 / (h + 1) for h in range(11)])
    np.testing.assert_allclose(lines["indirect"], [1.0 / (h + 1) for h in range(11)])
    assert "Not identified, not drawn:" in page_texts(figure)
    sound(lambda: plots.draw("made_up", exhibit, folder), figure)


def test_an_effect_with_a_caution_is_hollow_without_an_interval(
    made_up, write, cautions, page_texts
):
    columns = grid(
        outcome="nqp",
        treatment="zone_share",
        variant="neighbours:2",
        options=(("neighbours", 2),),
        weights="nearest",
        estimator="sdm",
    )
    exhibit = made_up("matrix_sensitivity", columns)
    terms = [
        {
            "term": f"{part}:zone_share",
            "estimate": size,
            "std_error": 0.5,
            "ci_low": size - 1,
            "ci_high": size + 1,
        }
        for part, size in (("direct", 2.0), ("indirect", -2.0))
    ]
    part = cautions((exhibit.column_ids()[0], "indirect:zone_share"))
    figure = plots.draw("made_up", exhibit, write(exhibit, lambda _: terms, (part,)))
    (axes,) = figure.axes
    direct, indirect = axes.containers
    assert direct.lines[0].get_ydata().tolist() == [2.0]
    assert not len(indirect.lines[0].get_ydata())
    hollow = [ln.get_ydata().tolist() for ln in axes.lines if ln.get_markerfacecolor() == "white"]
    assert hollow == [[-2.0]]
    assert (
        "Hollow: Indirect effect: Share of units with a pilot zone: units behind it: 3"
        in page_texts(figure)
    )
