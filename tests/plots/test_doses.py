"""Bounds and effects of doses stand where their files have them."""

import numpy as np
import pytest

from pilotzone import plots
from pilotzone.catalogue import grid

TOLERANCE = 1e-12
MULTIPLES = (0.0, 1.0, 2.0)


def lines(axes):
    """Return the lines of axes with more than two points, as (x, y)."""
    found = [np.array(line.get_data(), dtype=float) for line in axes.get_lines()]
    return [xy for xy in found if xy.shape[1] > 2]


@pytest.mark.parametrize("breakdown", [0.75, 3.0])
def test_set_and_breakdown_of_bounds(made_up, write, breakdown):
    column = grid(outcome="nqp", treatment="zone_first", estimator="bounded_variation")
    exhibit = made_up("bounds", column)
    table = [
        {"column": "nqp", "period": period, "m": m, "low": 0.1 - m, "high": 0.1 + m}
        | {"ci_low": -0.1 - m, "ci_high": 0.3 + m}
        for period in ("2020", "all")
        for m in MULTIPLES
    ]
    end = {"term": "breakdown:bounded_variation", "estimate": breakdown}
    (only,) = exhibit.column_ids()
    table = [{**row, "column": only} for row in table]
    folder = write(exhibit, lambda _: [end], (("bounds", table),))
    (axes,) = plots.draw("made_up", exhibit, folder).axes
    low, high = lines(axes)
    np.testing.assert_allclose(low, [MULTIPLES, [0.1, -0.9, -1.9]], atol=TOLERANCE)
    np.testing.assert_allclose(high, [MULTIPLES, [0.1, 1.1, 2.1]], atol=TOLERANCE)
    said = [text.get_text() for text in axes.texts]
    # A breakdown beyond the largest bound is not drawn.
    assert said == (["breakdown 0.75"] if breakdown < 2 else [])


def test_effects_and_placebos_by_unit_of_dose_and_the_weights(made_up, write):
    shared = {"outcome": "nqp", "treatment": "zone_share"}
    estimators = ("dose_dynamic", "negative_weights")
    exhibit = made_up("dose_dynamic", grid(**shared, estimator=estimators))
    effects = exhibit.column_ids()[0]
    points = {"normalised:1": 0.3, "normalised:2": 0.1, "normalised_placebo:1": -0.2}
    paths = {"weight:2015:2015": -0.1, "weight:2015:2016": 0.4, "weight:2015:2017": 0.7}

    def rows(column):
        if column == effects:
            return [
                {"term": t, "estimate": e, "ci_low": e - 1, "ci_high": e + 1}
                for t, e in points.items()
            ]
        return [{"term": t, "estimate": e} for t, e in paths.items()]

    above, below = plots.draw("made_up", exhibit, write(exhibit, rows)).axes
    (container,) = above.containers
    x, y = container.lines[0].get_data()
    # Effect 1 is that of the switch, placebo 1 stands two periods before it.
    np.testing.assert_allclose(x, [-2, 0, 1])
    np.testing.assert_allclose(y, [-0.2, 0.3, 0.1], atol=TOLERANCE)
    (drawn,) = lines(below)
    np.testing.assert_allclose(drawn, [[2015, 2016, 2017], [-0.1, 0.4, 0.7]], atol=TOLERANCE)
