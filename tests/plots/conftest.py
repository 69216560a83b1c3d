"""Made-up estimates files and what every figure must satisfy."""

import functools

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.legend import Legend
from matplotlib.text import Text

from pilotzone import estimates, plots
from pilotzone.catalogue import Exhibit, Figure
from pilotzone.errors import Reason, encode
from pilotzone.plots import sheet

LARGEST = 200_000
# Points, as printed.
SMALLEST = 8.0
# Pixels by which boxes of letters may touch.
SLACK = 1.0


@pytest.fixture(scope="session")
def made_up():
    """Return an exhibit of made-up columns with a figure of a kind."""

    def make(kind, columns, **choices):
        figure = Figure(kind=kind, title="Made-up picture", choices=tuple(choices.items()))
        return Exhibit(title="t", title_zh="t", columns=tuple(columns), figure=figure)

    return make


@pytest.fixture(scope="session")
def write(tmp_path_factory):
    """Write the files of an exhibit, each time in a folder of their own.

    ``rows`` gives the estimate rows of a column by its id, or None if it is not identified.
    ``parts`` are further files by name, ``main`` replaces the file of estimates.
    """

    def files(exhibit, rows, parts=None, main=None, name="made_up", **model):
        models, terms = [], []
        for column, literal in zip(exhibit.column_ids(), exhibit.columns, strict=True):
            found = rows(column)
            lost = found is None
            models.append(
                {
                    "exhibit": name,
                    "column": column,
                    "estimator": literal.estimator,
                    "sample": literal.sample,
                    "outcome": literal.outcome,
                    "nobs": 300 if literal.sample == "main" else 210,
                    "identified": "no" if lost else "yes",
                    "reason": encode([Reason("flat_treatment")]) if lost else "",
                    **model,
                }
            )
            terms += [
                {"exhibit": name, "column": column, "outcome": literal.outcome, **row}
                for row in found or []
            ]
        frames = {key: pd.DataFrame(part).assign(exhibit=name) for key, part in parts or ()}
        table = pd.DataFrame(terms) if main is None else main
        made = {"": table, "models": pd.DataFrame(models), **frames}
        folder = tmp_path_factory.mktemp("made_up")
        estimates.write(folder, name, exhibit, made)
        return folder

    return files


@pytest.fixture
def sound(tmp_path, monkeypatch):
    """Check what holds for every figure: inside the page, no collision, small, the same twice."""
    # A picture that is the same before has the same palette.
    monkeypatch.setattr(plots, "_with_palette", functools.cache(plots._with_palette))

    def check(draw, drawn=None):
        saved = []
        for figure in (drawn or draw(), draw()):
            path = tmp_path / "figure.png"
            plots.save(figure, path, plots.SCREEN_DPI)
            saved.append(path.read_bytes())
        assert saved[0] == saved[1]
        assert len(saved[0]) < LARGEST
        inside_and_apart(figure)

    return check


@pytest.fixture(scope="session")
def apart():
    return inside_and_apart


def texts_of(figure):
    """Return all texts that are drawn: those of a legend, and of ticks within the limits, too."""
    beyond = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                inside = axes.axison and low - 1e-9 <= tick.get_loc() <= high + 1e-9
                beyond |= set() if inside else {tick.label1, tick.label2}
    found = [t for t in figure.findobj(Text) if t.get_text().strip() and t.get_visible()]
    return [text for text in found if text not in beyond]


@functools.cache
def measure(dpi):
    """What says how wide letters are; one for all figures, as all have the same words."""
    return RendererAgg(1, 1, dpi)


def inside_and_apart(figure):
    """Assert that all lies on a page of a journal, in type of 8 points, no text over another."""
    with plots.settings():
        renderer = measure(figure.dpi)
        # Everything is put in its place, and nothing is painted: asking axes for their box does.
        panels = [(f"panel {n}", a.get_tightbbox(renderer)) for n, a in enumerate(figure.axes)]
        with renderer._draw_disabled():
            for legend in figure.findobj(Legend):
                legend.draw(renderer)
        assert figure.get_figwidth() in (sheet.FULL, sheet.HALF)
        texts = texts_of(figure)
        assert {t.get_text(): t.get_fontsize() for t in texts if t.get_fontsize() < SMALLEST} == {}
        boxes = [(str(text), text.get_window_extent(renderer)) for text in texts]
        boxes = [(text, box) for text, box in boxes if box.width > 0]
        page = figure.bbox.padded(SLACK)
        for name, box in [*boxes, *panels]:
            assert box.x0 >= page.x0, name
            assert box.y0 >= page.y0, name
            assert box.x1 <= page.x1, name
            assert box.y1 <= page.y1, name
        corners = np.array([box.extents for _, box in boxes]).reshape(-1, 4)
        for number, (low, high) in enumerate(zip(corners[:, :2], corners[:, 2:], strict=True)):
            others = corners[number + 1 :]
            shared = np.minimum(high, others[:, 2:]) - np.maximum(low, others[:, :2])
            over = np.flatnonzero(shared.min(axis=1) > SLACK) + number + 1
            assert not over.size, (boxes[number][0], *(boxes[at][0] for at in over))


@pytest.fixture(scope="session")
def cautions():
    """Return the part that names terms of columns with too few units behind them."""

    def part(*terms):
        reason = encode([Reason("thin_cell", {"units": 3, "fewest": 10})])
        rows = [{"column": column, "term": term, "reason": reason} for column, term in terms]
        return "cautions", rows

    return part


@pytest.fixture(scope="session")
def page_texts():
    """Return the caption and the texts of a page."""

    def texts(figure):
        drawn = (text.get_text().replace("\n", " ") for text in reversed(figure.texts))
        return " ".join([figure.title, *drawn, *figure.notes])

    return texts
