"""Change from the last period before, by group: by hand, by least squares, and what is lost.

EXACT: differences of means of a few dozen numbers, computed twice.
"""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from pilotzone.errors import NotIdentified, Reason, UserError
from pilotzone.methods.did.long_difference import long_difference

EXACT = {"rtol": 1e-10, "atol": 1e-12}
COLUMNS = ["y", "unit", "year", "first_treated", "group"]


def estimate(frame, **choices):
    return long_difference(*(frame[name].to_numpy() for name in COLUMNS), **choices)


@pytest.fixture(scope="module")
def panel(draw):
    """Two groups in cohorts of 2004 and 2006, and untreated units of each; gaps in the rows."""
    cohorts = [2004] * 12 + [2006] * 20 + [0] * 30
    frame = draw(np.random.default_rng(11), cohorts, range(2000, 2009), effect=lambda g, t: t - g)
    group = np.where(frame["unit"] % 3 == 0, "a", "b")
    frame = frame.assign(group=group, y=frame["y"] + 0.2 * frame["year"] * (group == "a"))
    return frame.drop(index=[3, 40, 300, 301, 480])


def by_hand(frame, level, trends=False):
    """The effect of a group as means of changes, and each unit's part of the error."""
    table = frame.pivot(index="unit", columns="year", values="y")
    unit = frame.groupby("unit").first()
    sizes = {g: (unit["first_treated"] == g).sum() for g in (2004, 2006)}
    value, parts = 0.0, pd.Series(0.0, index=table.index)
    for g, size in sizes.items():
        later, before = ([t for t in table if (t >= g) == after] for after in (True, False))
        line = 0.0
        if trends:
            line = table[before].apply(
                lambda row, s=before: np.polyfit(np.array(s)[row.notna()] - 2000, row.dropna(), 1)[
                    0
                ],
                axis=1,
            )
        for t in later:
            change = table[t] - table[g - 1] - line * (t - g + 1)
            own = (unit["group"] == level) & change.notna()
            one = own & (unit["first_treated"] == g)
            other = own & ((unit["first_treated"] == 0) | (unit["first_treated"] > t))
            weight = size / sum(sizes.values()) / len(later)
            value += weight * (change[one].mean() - change[other].mean())
            parts[one] += weight * (change[one] - change[one].mean()) / one.sum()
            parts[other] -= weight * (change[other] - change[other].mean()) / other.sum()
    return value, parts


@pytest.mark.parametrize("trends", [False, True])
def test_differences_of_means_by_hand(panel, trends):
    made = estimate(panel, unit_trends=trends)
    assert made.names == ("a", "b")
    found = [by_hand(panel, level, trends) for level in made.names]
    parts = np.column_stack([part for _, part in found])
    assert_allclose(made.coefficients, [value for value, _ in found], **EXACT)
    assert_allclose(made.covariance, parts.T @ parts, **EXACT)
    assert made.df == np.any(parts != 0, axis=1).sum() - 1
    assert not made.lost


def test_two_groups_and_two_periods_are_the_difference_in_differences(panel):
    short = panel[panel["year"].isin([2003, 2004]) & (panel["first_treated"] != 2006)]
    made = estimate(short, last=True)
    table = short.pivot(index="unit", columns="year", values="y").dropna()
    change = table[2004] - table[2003]
    unit = short.groupby("unit").first().loc[table.index]
    treated, a = unit["first_treated"] == 2004, unit["group"] == "a"
    did = [change[treated & own].mean() - change[~treated & own].mean() for own in (a, ~a)]
    assert_allclose(made.coefficients, did, **EXACT)


def test_variables_by_period_are_regressors_of_the_change(panel):
    size = np.sin(panel["unit"].to_numpy() * 1.0)
    frame = panel[panel["first_treated"] != 2006].assign(size=size[panel["first_treated"] != 2006])
    made = estimate(frame, by_period=frame["size"], last=True)
    table = frame.pivot(index="unit", columns="year", values="y")
    unit = frame.groupby("unit").first()
    change = (table[2008] - table[2003]).dropna()
    for name, coefficient, error in zip(
        made.names, made.coefficients, made.std_errors, strict=True
    ):
        rows = unit.loc[change.index]
        rows = rows[rows["group"] == name]
        x = np.column_stack([rows["first_treated"] > 0, np.ones(len(rows)), rows["size"]])
        x = x.astype(float)
        y = change[rows.index].to_numpy()
        beta, bread = np.linalg.lstsq(x, y, rcond=None)[0], np.linalg.inv(x.T @ x)
        meat = (x * (y - x @ beta)[:, None]).T @ (x * (y - x @ beta)[:, None])
        assert_allclose(coefficient, beta[0], **EXACT)
        assert_allclose(error, np.sqrt((bread @ meat @ bread)[0, 0]), **EXACT)


def test_a_variable_that_others_make_up_changes_nothing(panel):
    rng = np.random.default_rng(8)
    x = rng.normal(size=(panel["unit"].max() + 1, 3))[panel["unit"]]
    plain = estimate(panel, by_period=x)
    # A combination of the others, in units of its own, has no information beside them.
    more = estimate(panel, by_period=np.column_stack([x, 1e6 * x @ [0.3, -1.7, 0.9]]))
    assert_allclose(more.coefficients, plain.coefficients, rtol=1e-9)
    assert_allclose(more.std_errors, plain.std_errors, rtol=1e-9)


def test_a_path_of_the_group_and_of_the_period_changes_nothing(panel):
    own = np.where(panel["group"] == "a", np.cos(panel["year"]), np.sin(3 * panel["year"]))
    moved = panel.assign(y=panel["y"] + own + panel["unit"])
    assert_allclose(estimate(moved).coefficients, estimate(panel).coefficients, **EXACT)
    # Against the untreated of both groups the path of a group is an effect of the group.
    apart = [estimate(frame, within_groups=False).coefficients for frame in (panel, moved)]
    assert np.max(np.abs(apart[1] - apart[0])) > 0.1


def test_a_line_of_each_unit_changes_nothing_net_of_trends(panel):
    line = np.sin(panel["unit"]) * (panel["year"] - 2000)
    moved = panel.assign(y=panel["y"] + line)
    before, after = (estimate(f, unit_trends=True).coefficients for f in (panel, moved))
    assert_allclose(after, before, **EXACT)


def test_cells_that_a_group_lacks_are_lost_for_all(panel):
    # Without untreated units of group a no year from 2006 on can be compared within it.
    no_a = panel[(panel["first_treated"] != 0) | (panel["group"] == "b")]
    made = estimate(no_a)
    assert made.cells == ((2004, 2004), (2004, 2005))
    assert len(made.lost) == 3 + 3
    with pytest.raises(NotIdentified) as error:
        estimate(no_a[no_a["first_treated"] != 2006])
    facts = {"units": 2, "groups": ["a", "b"]}
    assert error.value.reason == Reason("no_comparable_cell", facts)


def test_a_cohort_whose_rows_end_has_no_further_cells(panel):
    ends = (panel["first_treated"] == 2004) & (panel["year"] > 2005)
    made = estimate(panel[~ends])
    assert [cell for cell in made.cells if cell[0] == 2004] == [(2004, 2004), (2004, 2005)]
    assert not made.lost


def test_a_treatment_that_a_variable_tells_is_not_identified(panel):
    with pytest.raises(NotIdentified, match="no_comparable_cell"):
        estimate(
            panel[panel["first_treated"] != 2006],
            by_period=(panel["first_treated"][panel["first_treated"] != 2006] > 0).astype(float),
        )


def test_what_cannot_be_read(panel):
    with pytest.raises(UserError, match="a unit has two groups"):
        estimate(panel.assign(group=panel["year"] % 2))
    with pytest.raises(UserError, match="'by_period 1' has 1 missing"):
        estimate(panel, by_period=np.r_[np.nan, np.zeros(len(panel) - 1)])
