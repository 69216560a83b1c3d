"""What the first screen of a report says of trends, by what the checks found."""

import pandas as pd
import pytest

from pilotzone.catalogue import Exhibit, Figure, Inference, grid
from pilotzone.reader import overview

BOTH = Exhibit(
    title="t",
    title_zh="t",
    columns=tuple(
        column
        for estimator in ("event_study", "event_study_unbinned")
        for column in grid(
            outcome="nqp",
            treatment="zone_first",
            estimator=estimator,
            inference=Inference(draws=9, seed=1),
            options=(("window", "-4 4"),) if estimator == "event_study" else (),
        )
    ),
    figure=Figure(kind="event_study", title="t"),
)


def test_a_path_without_estimates_says_nothing():
    empty = pd.DataFrame(columns=["column", "term"])
    made = {"event_study": (BOTH, {"": empty})}
    assert overview._trends(made, lambda name, **facts: name) == ["unchecked"]


def said(near, power, far):
    """Return the names of what is said, for joint p-values of the leads with and without ends."""
    first, second = BOTH.column_ids()
    rows = [
        {"column": first, "term": "test:leads", "p_value": near},
        {"column": first, "term": "power:joint", "estimate": power},
        {"column": second, "term": "test:leads", "p_value": far},
    ]
    made = {"event_study": (BOTH, {"": pd.DataFrame(rows)})}
    return overview._trends(made, lambda name, **facts: name)


@pytest.mark.parametrize(
    ("near", "power", "far", "verdict"),
    [
        (0.30, 0.9, 0.40, "passed"),
        (0.30, 0.2, 0.40, "silent"),
        (0.30, 0.9, 0.001, "far"),
        (0.01, 0.9, 0.40, "failed"),
    ],
)
def test_a_difference_further_back_is_no_passed_check(near, power, far, verdict):
    assert said(near, power, far) == [verdict, "leads", "all_leads"]
