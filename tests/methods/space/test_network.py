"""The gravity network by hand and by property, centralities against their closed forms.

Tolerance: products and means of a few numbers, or ratios of small whole numbers, 1e-12.
"""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pilotzone.errors import UserError
from pilotzone.methods.space.network import centralities, gravity, links, thresholds

EXACT = {"rtol": 1e-12, "atol": 1e-12}

# Four cities, masses √(P G) = (6, 6, 2, 4), (6, 6, 6, 4), (1, 6, 2, 4).
POPULATION = np.array([[4.0, 9, 1, 16], [4, 9, 9, 16], [1, 9, 1, 16]])
GRP = np.array([[9.0, 4, 4, 1], [9, 4, 4, 1], [1, 4, 4, 1]])
DISTANCE = np.array([[0.0, 1, 2, 2], [1, 0, 1, 4], [2, 1, 0, 1], [2, 4, 1, 0]])
YEARS = (2011, 2012, 2013)


def matrix(pairs, n=4):
    """A symmetric matrix with the given values at pairs 'ij', counted from 1."""
    out = np.zeros((n, n))
    for pair, value in pairs.items():
        i, j = (int(end) - 1 for end in pair)
        out[i, j] = out[j, i] = value
    return out


def linked_pairs(adjacency):
    """Pairs 'ij' with a link."""
    return {f"{i + 1}{j + 1}" for i, j in np.argwhere(np.triu(adjacency))}


def draw(seed, n=7, n_years=3):
    """Population, GRP and distances of random cities."""
    rng = np.random.default_rng(seed)
    places = rng.uniform(0, 1_000, (n, 2))
    masses = np.exp(rng.normal(5, 1, (2, n_years, n)))
    return *masses, np.linalg.norm(places[:, None] - places, axis=2)


def test_strength_by_hand():
    strength = gravity(POPULATION, GRP, DISTANCE)
    first = {"12": 36, "13": 3, "14": 6, "23": 12, "24": 1.5, "34": 8}
    second = {"12": 36, "13": 9, "14": 6, "23": 36, "24": 1.5, "34": 24}
    third = {"12": 6, "13": 0.5, "14": 1, "23": 12, "24": 1.5, "34": 8}
    np.testing.assert_allclose(strength, [matrix(first), matrix(second), matrix(third)], **EXACT)


def test_thresholds_by_hand():
    strength = gravity(POPULATION, GRP, DISTANCE)
    np.testing.assert_allclose(thresholds(strength, [0]), [15, 16.5, 23 / 3, 31 / 6], **EXACT)
    both = [(45 + 51) / 6, (49.5 + 73.5) / 6, (23 + 69) / 6, (15.5 + 31.5) / 6]
    np.testing.assert_allclose(thresholds(strength, [0, 1]), both, **EXACT)
    np.testing.assert_allclose(thresholds(strength, np.array([True, True, False])), both, **EXACT)


def test_links_by_hand():
    """With c = (15, 16.5, 7.67, 5.17): 1-4 (6) and 3-4 (8) by city 4 only, 2-3 (12) by city 3."""
    strength = gravity(POPULATION, GRP, DISTANCE)
    found = links(strength, thresholds(strength, [0]))
    assert found.dtype == bool
    assert linked_pairs(found[0]) == {"12", "14", "23", "34"}
    assert linked_pairs(found[1]) == {"12", "13", "14", "23", "34"}
    assert linked_pairs(found[2]) == {"23", "34"}
    assert np.array_equal(found, found.swapaxes(1, 2))


@pytest.mark.parametrize("n", [4, 7, 12])
@pytest.mark.parametrize("mass", [0.1, 0.3, 0.7, 1.1, 1.9])
def test_equal_strengths_are_a_tie_and_no_link(n, mass):
    """Cities at one distance: the mean of equal numbers can be rounded down, and the tie holds."""
    masses = np.full((3, n), mass)
    strength = gravity(masses, masses / 3, 1.3 * (1 - np.eye(n)))
    threshold = thresholds(strength, [0, 1, 2])
    assert not links(strength, threshold).any()
    assert not links(strength, threshold * (1 - 1e-14)).any()
    assert links(strength, threshold * (1 - 1e-9)).sum() == 3 * n * (n - 1)


def test_either_direction_makes_the_link():
    strength = np.array([[[0.0, 2], [2, 0]]])
    assert links(strength, [1.0, 3.0])[0, 0, 1]
    assert links(strength, [3.0, 1.0])[0, 0, 1]
    assert not links(strength, [3.0, 3.0]).any()


def test_later_years_do_not_move_the_thresholds():
    population, grp, distance = draw(1)
    grown = population * np.array([1, 1, 50.0])[:, None]
    plain, other = (thresholds(gravity(p, grp, distance), [0, 1]) for p in (population, grown))
    np.testing.assert_array_equal(plain, other)


@given(st.integers(0, 10_000), st.floats(1e-3, 1e3))
def test_larger_masses_scale_strengths_and_leave_the_links(seed, factor):
    """Population times k is F times k; population and GRP times k is F times k²."""
    population, grp, distance = draw(seed)
    plain = gravity(population, grp, distance)
    by_one = gravity(factor * population, grp, distance)
    by_two = gravity(factor * population, factor * grp, distance)
    np.testing.assert_allclose(by_one, factor * plain, rtol=1e-12)
    np.testing.assert_allclose(by_two, factor**2 * plain, rtol=1e-12)
    found = links(plain, thresholds(plain, [0, 1]))
    assert np.array_equal(found, links(by_one, thresholds(by_one, [0, 1])))
    assert np.array_equal(found, links(by_two, thresholds(by_two, [0, 1])))


@given(st.integers(0, 10_000))
def test_every_unit_has_a_link_in_some_base_year(seed):
    """The largest strength of a row exceeds its mean, unless all are equal."""
    strength = gravity(*draw(seed))
    found = links(strength, thresholds(strength, [0, 1]))
    assert found[:2].any(axis=(0, 2)).all()


@given(st.integers(0, 10_000))
def test_order_of_units_moves_everything_along(seed):
    population, grp, distance = draw(seed)
    order = np.random.default_rng(seed).permutation(7)
    plain = gravity(population, grp, distance)
    moved = gravity(population[:, order], grp[:, order], distance[np.ix_(order, order)])
    found, other = (links(f, thresholds(f, [0])) for f in (plain, moved))
    assert np.array_equal(other, found[:, order][:, :, order])
    one, two = centralities(found, "abcdefg"), centralities(other, np.array([*"abcdefg"])[order])
    assert two.names == tuple(one.names[i] for i in order)
    for part in ("degree", "closeness", "betweenness"):
        np.testing.assert_allclose(getattr(two, part), getattr(one, part)[:, order], **EXACT)


def network(edges, n):
    adjacency = np.zeros((1, n, n), dtype=bool)
    for i, j in edges:
        adjacency[0, i, j] = adjacency[0, j, i] = True
    return centralities(adjacency, range(n))


@pytest.mark.parametrize("n", [3, 6, 11])
def test_star(n):
    """The hub is on every shortest path; a leaf reaches the hub in one step, the rest in two."""
    result = network([(0, j) for j in range(1, n)], n)
    leaves = np.ones(n - 1)
    np.testing.assert_allclose(result.degree[0], [1, *leaves / (n - 1)], **EXACT)
    np.testing.assert_allclose(result.closeness[0], [1, *leaves * (n - 1) / (2 * n - 3)], **EXACT)
    np.testing.assert_allclose(result.betweenness[0], [1, *leaves * 0], **EXACT)
    np.testing.assert_allclose(result.density, [2 / n], **EXACT)


@pytest.mark.parametrize("n", [3, 5, 8])
def test_path(n):
    """Between two units means one on either side: i (n − 1 − i) pairs of them."""
    result = network([(i, i + 1) for i in range(n - 1)], n)
    place = np.arange(n)
    steps = np.abs(place[:, None] - place).sum(axis=1)
    between = place * (n - 1 - place) / ((n - 1) * (n - 2) / 2)
    np.testing.assert_allclose(result.degree[0], np.r_[1, [2] * (n - 2), 1] / (n - 1), **EXACT)
    np.testing.assert_allclose(result.closeness[0], (n - 1) / steps, **EXACT)
    np.testing.assert_allclose(result.betweenness[0], between, **EXACT)
    np.testing.assert_allclose(result.density, [2 / n], **EXACT)


@pytest.mark.parametrize("n", [3, 7])
def test_complete_and_empty(n):
    complete = network([(i, j) for i in range(n) for j in range(i)], n)
    empty = network([], n)
    for result, value in ((complete, 1.0), (empty, 0.0)):
        np.testing.assert_array_equal(result.degree, np.full((1, n), value))
        np.testing.assert_allclose(result.closeness, np.full((1, n), value), **EXACT)
        np.testing.assert_array_equal(result.betweenness, np.zeros((1, n)))
        np.testing.assert_array_equal(result.density, [value])


def test_closeness_is_scaled_by_the_share_within_reach():
    """A path of three and a pair among six units, one alone: (r − 1)/5 · (r − 1)/Σ distance."""
    result = network([(0, 1), (1, 2), (3, 4)], 6)
    expected = [2 / 5 * 2 / 3, 2 / 5, 2 / 5 * 2 / 3, 1 / 5, 1 / 5, 0]
    np.testing.assert_allclose(result.closeness[0], expected, **EXACT)


def test_two_shortest_paths_share_the_passage():
    """A square: each unit is on one of two paths between its neighbours, 1/2 of 3 pairs."""
    result = network([(0, 1), (1, 2), (2, 3), (3, 0)], 4)
    np.testing.assert_allclose(result.betweenness, np.full((1, 4), 1 / 6), **EXACT)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_betweenness_is_that_of_a_loop_over_units(seed, share):
    upper = np.triu(np.random.default_rng(seed).uniform(size=(12, 12)) < share, 1)
    linked = upper | upper.T
    theirs = nx.betweenness_centrality(nx.from_numpy_array(linked), normalized=True)
    ours = centralities(linked[None], range(12)).betweenness[0]
    np.testing.assert_allclose(ours, [theirs[i] for i in range(12)], **EXACT)


@given(st.integers(0, 10_000), st.floats(0, 1))
def test_density_is_the_mean_degree_and_years_stay_apart(seed, share):
    rng = np.random.default_rng(seed)
    upper = np.triu(rng.uniform(size=(3, 6, 6)) < share, 1)
    linked = upper | upper.swapaxes(1, 2)
    result = centralities(linked, range(6))
    np.testing.assert_allclose(result.density, result.degree.mean(axis=1), **EXACT)
    alone = centralities(linked[1:2], range(6))
    for part in ("degree", "closeness", "betweenness", "density"):
        np.testing.assert_array_equal(getattr(result, part)[1], getattr(alone, part)[0])


def changed(array, place, value):
    copy = array.copy()
    copy[place] = value
    return copy


@pytest.mark.parametrize(
    ("population", "grp", "distance", "message"),
    [
        (changed(POPULATION, (1, 2), 0), GRP, DISTANCE, "population of unit C in 2012 is 0;"),
        (changed(POPULATION, (0, 0), np.nan), GRP, DISTANCE, "population of unit A in 2011 is nan"),
        (POPULATION, changed(GRP, (2, 3), -5), DISTANCE, "GRP of unit D in 2013 is -5"),
        (POPULATION, changed(GRP, (2, 3), np.inf), DISTANCE, "GRP of unit D in 2013 is inf"),
        (POPULATION, GRP, changed(DISTANCE, ([0, 2], [2, 0]), 0), "units A and C is 0 km"),
        (POPULATION, GRP, changed(DISTANCE, ([0, 2], [2, 0]), -1), "units A and C is -1 km"),
        (POPULATION, GRP, changed(DISTANCE, ([1, 3], [3, 1]), np.inf), "units B and D is inf km"),
        (POPULATION, GRP, changed(DISTANCE, (1, 3), np.nan), "units B and D is nan km"),
        (POPULATION, GRP, changed(DISTANCE, (1, 3), 5), "5 km there and 4 km back"),
        (POPULATION, GRP, DISTANCE[:3, :3], "4 units, but distances of shape"),
        (POPULATION, GRP[:2], DISTANCE, "population has shape"),
    ],
)
def test_bad_masses_and_distances_are_named(population, grp, distance, message):
    with pytest.raises(UserError, match=message):
        gravity(population, grp, distance, units="ABCD", years=YEARS)


def test_units_and_years_have_names_by_position():
    with pytest.raises(UserError, match="population of unit 3 in 2 is 0"):
        gravity(changed(POPULATION, (1, 2), 0), GRP, DISTANCE)
    with pytest.raises(UserError, match="3 labels for 4 units"):
        gravity(POPULATION, GRP, DISTANCE, units="ABC")
    with pytest.raises(UserError, match="unit A is listed twice"):
        gravity(POPULATION, GRP, DISTANCE, units="ABCA")


@pytest.mark.parametrize(
    ("base_rows", "message"),
    [
        ([], "names no base year"),
        ([False, False, False], "names no base year"),
        ([0.0, 1.0], "names no base year"),
        ([0, 3], "from 0 to 3 for 3 years"),
        ([-1], "from -1 to -1"),
    ],
)
def test_base_years_must_be_among_the_years(base_rows, message):
    with pytest.raises(UserError, match=message):
        thresholds(gravity(POPULATION, GRP, DISTANCE), base_rows)


@pytest.mark.parametrize(
    ("linked", "names", "message"),
    [
        (np.ones((1, 3, 3), dtype=bool), "abc", "none of a unit with itself"),
        (np.triu(np.ones((1, 3, 3), dtype=bool), 1), "abc", "same in both directions"),
        (np.zeros((1, 3, 3)), "abc", "of type float64"),
        (np.zeros((1, 2, 2), dtype=bool), "ab", "betweenness needs 3 or more"),
        (np.zeros((1, 3, 3), dtype=bool), "ab", "2 labels for 3 units"),
        (np.zeros((1, 3, 3), dtype=bool), "aba", "unit a is listed twice"),
        (np.zeros((3, 3), dtype=bool), "abc", r"shape \(T, n, n\)"),
    ],
)
def test_networks_must_be_undirected_and_simple(linked, names, message):
    with pytest.raises(UserError, match=message):
        centralities(linked, names)


def test_shapes_of_strengths_and_thresholds_are_checked():
    with pytest.raises(UserError, match="thresholds of shape"):
        links(np.zeros((1, 3, 3)), np.zeros(2))
    with pytest.raises(UserError, match="at least two units"):
        thresholds(np.zeros((1, 1, 1)), [0])


def test_input_is_not_changed():
    distance = changed(DISTANCE, (0, 0), 7.0)
    copy = distance.copy()
    strength = gravity(POPULATION, GRP, distance)
    assert np.array_equal(distance, copy)
    assert np.all(np.diagonal(strength, axis1=1, axis2=2) == 0)
