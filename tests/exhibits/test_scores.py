"""What stands on either side of the columns of `reverse_elements`."""

import pytest

from pilotzone import exhibits
from pilotzone.catalogue import formula
from pilotzone.catalogue.indicators import NQP
from pilotzone.panels.province import SOURCE
from pilotzone.panels.province_indices import PARTS, VARIANTS

COLUMNS = exhibits.load("reverse_elements").columns
SYSTEMS = {one.id: one.system for one in PARTS}
# What levels are divided by; the notes say which scores share it.
DENOMINATORS = {"gdp_100m_cny", "population_10k"}


def in_common(outcome, system):
    """Return the indicators that are the outcome, or are made of what it is made of."""
    own = set(formula.sources(SOURCE.formulas[outcome])) - DENOMINATORS
    assert own, f"{outcome} is made of denominators alone"
    return [i.id for i in system.indicators if i.id == outcome or own & set(i.sources)]


def test_no_score_holds_its_outcome_or_a_ratio_of_its_variables():
    for column in COLUMNS:
        assert in_common(column.outcome, SYSTEMS[column.treatment]) == [], column
        assert column.outcome not in column.control_variables
    # The whole index does.
    (whole,) = (one for one in VARIANTS if one.id == "nqp")
    assert in_common("ecommerce_intensity", whole.system) == ["ecommerce_intensity"]


def test_no_control_is_made_into_a_score():
    for column in COLUMNS:
        assert not set(column.control_variables) & set(SYSTEMS[column.treatment].ids)


@pytest.mark.parametrize("name", SYSTEMS)
def test_every_element_and_group_meets_every_outcome(name):
    outcomes = {column.outcome for column in COLUMNS}
    met = [(c.outcome, c.controls) for c in COLUMNS if c.treatment == name]
    assert sorted(met) == sorted((y, c) for y in outcomes for c in ("none", "baseline"))


def test_groups_are_indicators_of_the_index():
    for system in SYSTEMS.values():
        own = {one.id: one for one in NQP.indicators}
        for one in system.indicators:
            assert (one.formula, one.sign) == (own[one.id].formula, own[one.id].sign)


def test_both_languages_say_what_is_not_tested():
    exhibit = exhibits.load("reverse_elements")
    for word in ("payments", "brands", "compliance", "organisation of firms"):
        assert word in exhibit.notes[-1]
    for word in ("支付", "品牌", "合规", "企业组织"):
        assert word in exhibit.notes_zh[-1]
