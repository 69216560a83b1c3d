"""A lattice names combinations: how many there are, and what it refuses."""

import pytest

from pilotzone.catalogue import Lattice
from pilotzone.errors import UserError

GIVEN = {"outcomes": ("nqp", "nqp_equal"), "treatments": ("zone_first", "zone_share")}


def test_it_counts_every_subset_of_the_controls_and_the_staggered_ones():
    lattice = Lattice(
        **GIVEN,
        samples=("main", "pre_covid"),
        controls=("openness", "finance", "urbanisation"),
        effects=("two_way", "unit_trends"),
        staggered=("imputation",),
    )
    assert len(lattice.subsets) == 8
    assert lattice.subsets[0] == ()
    assert lattice.zero_one == ("zone_first",)
    assert lattice.count == 2 * 2 * 8 * 2 * 2 + 2 * 2
    assert lattice.rows.id == "main"


def test_a_staggered_estimator_is_beside_the_treatments_that_it_is_made_for():
    lattice = Lattice(**GIVEN, staggered=("imputation", "dose_dynamic"))
    made_for = {"imputation": "zone_first", "dose_dynamic": "zone_share"}
    assert lattice.staggered_pairs == tuple(made_for.items())
    assert lattice.count == 2 * 2 + 2 * 2


def test_sets_of_controls_by_name_stand_in_the_place_of_subsets():
    lattice = Lattice(**GIVEN, sets=("none", "baseline"))
    assert lattice.subsets[0] == ()
    assert len(lattice.subsets[1]) == 6
    assert lattice.count == 2 * 2 * 2


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcomes": ()}, "outcomes is empty"),
        ({"samples": ()}, "samples is empty"),
        ({"treatments": ("zone_first", "zone_first")}, "each once"),
        ({"controls": ["openness"]}, "give a tuple of names"),
        ({"staggered": ("twfe",)}, "staggered 'twfe' is not one of"),
        ({"samples": ("main", "city")}, "samples of several panels"),
        ({"samples": ("nowhere",)}, "'nowhere' is not known"),
        ({"effects": ("nothing",)}, "'nothing' is not known"),
        ({"sets": ("nobody",)}, "'nobody' is not known"),
        ({"sets": ("none",), "controls": ("openness",)}, "subsets of variables, or sets by name"),
        ({"sign": 0}, "sign is 0"),
        ({"controls": tuple(f"x{i}" for i in range(20))}, "more than 1000000"),
    ],
)
def test_what_is_no_lattice_is_refused_in_one_line(changes, said):
    with pytest.raises(UserError, match=said) as raised:
        Lattice(**GIVEN | changes)
    assert "\n" not in str(raised.value)
