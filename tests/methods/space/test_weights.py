"""Weights matrices.

Tolerances: EXACT for what is the same arithmetic in another order; KM for distances against
rounded published ones.
"""

import numpy as np
import pytest

from pilotzone.errors import UserError
from pilotzone.methods.space.builders import (
    EARTH_RADIUS_KM,
    contiguity,
    economic,
    great_circle_km,
    inverse_distance,
    nearest_neighbours,
    nested,
    rewired,
)
from pilotzone.methods.space.weights import SpatialWeights, row_normalise

EXACT = 1e-12
KM = 1.0

LABELS = ("A", "B", "C", "D")
LINE = np.abs(np.subtract.outer([0.0, 1.0, 3.0, 7.0], [0.0, 1.0, 3.0, 7.0]))


def both_ways(*pairs):
    return [*pairs, *(pair[::-1] for pair in pairs)]


def test_great_circle_of_known_arcs():
    distance = great_circle_km([0.0, 90.0, 0.0, 0.0], [0.0, 0.0, 90.0, -90.0])
    quarter = np.pi / 2 * EARTH_RADIUS_KM
    assert distance[0] == pytest.approx([0.0, quarter, quarter, quarter], rel=EXACT)
    assert distance[2, 3] == pytest.approx(2 * quarter, rel=EXACT)
    assert np.array_equal(distance, distance.T)


def test_great_circle_between_beijing_and_shanghai():
    distance = great_circle_km([116.4074, 121.4737], [39.9042, 31.2304])
    assert distance[0, 1] == pytest.approx(1067.0, abs=KM)


def test_great_circle_refuses_a_missing_coordinate():
    with pytest.raises(UserError, match="row 1 is missing or off the globe"):
        great_circle_km([116.0, np.nan], [39.0, 31.0])


def test_contiguity_shares_the_row_among_neighbours():
    weights = contiguity(LABELS, both_ways(("A", "B"), ("B", "C"), ("B", "D")))
    expected = [[0, 1, 0, 0], [1 / 3, 0, 1 / 3, 1 / 3], [0, 1, 0, 0], [0, 1, 0, 0]]
    assert weights.matrix == pytest.approx(np.array(expected), abs=EXACT)
    assert weights.largest_row_weight == 1.0
    assert weights.name == "contiguity"


def test_contiguity_takes_numbers_for_codes():
    weights = contiguity([110000, 120000], [(110000, 120000), ("120000", "110000")])
    assert weights.labels == ("110000", "120000")


@pytest.mark.parametrize(
    ("pairs", "message"),
    [
        ([*both_ways(("A", "B"), ("C", "D")), ("B", "C")], "pair B-C stands in one direction only"),
        (both_ways(("A", "B"), ("B", "C")), "unit D has no neighbour"),
        (both_ways(("A", "B"), ("C", "D"), ("A", "X")), "unit X of the pairs"),
        ([*both_ways(("A", "B"), ("C", "D")), ("C", "C")], "unit C is listed as its own neighbour"),
    ],
)
def test_contiguity_names_the_fault(pairs, message):
    with pytest.raises(UserError, match=message):
        contiguity(LABELS, pairs)


@pytest.mark.parametrize("exponent", [1.0, 2.0])
def test_inverse_distance_by_hand(exponent):
    weights = inverse_distance(LABELS, LINE, exponent)
    row = np.array([0.0, 1.0, 1 / 3, 1 / 7]) ** exponent
    assert weights.matrix[0] == pytest.approx(row / row.sum(), abs=EXACT)
    assert np.diag(weights.matrix) == pytest.approx(0.0, abs=0.0)


def test_inverse_distance_does_not_depend_on_the_unit_of_length():
    near = inverse_distance(LABELS, LINE, 2.0)
    far = inverse_distance(LABELS, LINE * 1e200, 2.0)
    assert far.matrix == pytest.approx(near.matrix, abs=EXACT)


def test_inverse_distance_names_itself_by_the_exponent():
    names = [inverse_distance(LABELS, LINE, exponent).name for exponent in (1, 2, 0.5)]
    assert names == ["inverse_distance", "inverse_distance_squared", "inverse_distance_0.5"]


def test_cutoff_drops_far_pairs_and_refuses_an_island():
    weights = inverse_distance(LABELS, LINE, cutoff=4.0)
    assert weights.matrix[0, 3] == 0.0
    assert weights.matrix[2, 3] > 0.0
    with pytest.raises(UserError, match=r"unit D has no neighbour \(island\)"):
        inverse_distance(LABELS, LINE, cutoff=3.0)


def test_two_units_at_one_place_are_named():
    distance = LINE.copy()
    distance[1, 2] = distance[2, 1] = 0.0
    for build in (
        lambda: inverse_distance(LABELS, distance),
        lambda: nearest_neighbours(LABELS, distance, 2),
        lambda: nested(LABELS, distance, np.ones(4)),
    ):
        with pytest.raises(UserError, match="units B and C are at the same place"):
            build()


@pytest.mark.parametrize(
    ("value", "message"),
    [(np.nan, "missing distance"), (np.inf, "missing distance"), (9.0, "there than back")],
)
def test_a_faulty_distance_is_named(value, message):
    distance = LINE.copy()
    distance[0, 2] = value
    with pytest.raises(UserError, match=f"units A and C have .*{message}"):
        inverse_distance(LABELS, distance)


def test_nearest_neighbours_take_the_nearest():
    weights = nearest_neighbours(LABELS, LINE, 2)
    expected = [[0, 1, 1, 0], [1, 0, 1, 0], [1, 1, 0, 0], [0, 1, 1, 0]]
    assert weights.matrix == pytest.approx(np.array(expected) / 2.0, abs=EXACT)


def test_nearest_neighbours_break_ties_by_label_whatever_the_order_of_the_rows():
    # Three units on a circle about the first: all at distance 1 from it.
    distance = np.array([[0, 1, 1, 1], [1, 0, 2, 2], [1, 2, 0, 2], [1, 2, 2, 0.0]])
    for labels in (("m", "c", "a", "b"), ("m", "b", "c", "a")):
        row = nearest_neighbours(labels, distance, 2).matrix[0]
        assert {label for label, w in zip(labels, row, strict=True) if w} == {"a", "b"}


def test_nearest_neighbours_refuse_k_out_of_range():
    with pytest.raises(UserError, match="k must lie between 1 and 3"):
        nearest_neighbours(LABELS, LINE, 4)


def test_economic_distance_has_a_floor():
    weights = economic(LABELS, [10.0, 10.0, 20.0, 40.0], floor_share=0.1)
    row = np.array([0.0, 1 / 2.0, 1 / 10.0, 1 / 30.0])
    assert weights.matrix[0] == pytest.approx(row / row.sum(), abs=EXACT)
    assert weights.largest_row_weight == pytest.approx(row[1] / row.sum(), abs=EXACT)


def test_economic_distance_without_floor_needs_distinct_levels():
    assert economic(LABELS, [10.0, 11.0, 20.0, 40.0], 0.0).largest_row_weight < 1.0
    with pytest.raises(UserError, match="units A and B have the same level"):
        economic(LABELS, [10.0, 10.0, 20.0, 40.0], 0.0)


def test_economic_refuses_a_missing_level():
    with pytest.raises(UserError, match="level of unit C is not a positive number"):
        economic(LABELS, [10.0, 11.0, np.nan, 40.0])


def test_nested_weights_by_hand():
    mass = np.array([1.0, 2.0, 3.0, 4.0])
    row = np.array([0.0, 2.0, 3.0 / 3.0, 4.0 / 7.0])
    assert nested(LABELS, LINE, mass).matrix[0] == pytest.approx(row / row.sum(), abs=EXACT)


def test_align_returns_the_matrix_in_the_order_asked_for():
    weights = inverse_distance(LABELS, LINE)
    order = [2, 0, 3, 1]
    aligned = weights.align([LABELS[i] for i in order])
    assert np.array_equal(aligned, weights.matrix[np.ix_(order, order)])


def test_align_names_units_missing_on_either_side():
    weights = inverse_distance(LABELS, LINE)
    with pytest.raises(UserError, match="has no unit X and holds unit C, D that the data lack"):
        weights.align(["A", "B", "X"])
    with pytest.raises(UserError, match="unit A is listed twice"):
        weights.align(["A", "A", "B", "C", "D"])


def test_subset_normalises_anew_and_refuses_an_island():
    weights = contiguity(LABELS, both_ways(("A", "B"), ("B", "C"), ("C", "D")))
    assert weights.subset(["B", "A"]).matrix == pytest.approx(np.array([[0, 1], [1, 0]]), abs=0.0)
    with pytest.raises(UserError, match="unit D has no neighbour"):
        weights.subset(["A", "B", "D"])
    with pytest.raises(UserError, match="has no unit X to keep"):
        weights.subset(["A", "X"])


def test_relabelled_moves_neighbours_and_keeps_the_eigenvalues():
    weights = nested(LABELS, LINE, np.array([1.0, 2.0, 3.0, 4.0]))
    moved = weights.relabelled([1, 0, 3, 2])
    assert moved.matrix[0, 1] == weights.matrix[1, 0]
    assert moved.matrix[0, 2] == weights.matrix[1, 3]
    fresh = SpatialWeights("fresh", LABELS, moved.matrix).eigenvalues
    assert moved.eigenvalues == pytest.approx(fresh, abs=EXACT)
    with pytest.raises(UserError, match="no permutation"):
        weights.relabelled([0, 0, 1, 2])


@pytest.mark.parametrize(
    "build",
    [
        lambda labels, d, m: inverse_distance(labels, d),
        lambda labels, d, m: inverse_distance(labels, d, 2.0, cutoff=0.5),
        lambda labels, d, m: economic(labels, m),
        lambda labels, d, m: nested(labels, d, m),
    ],
)
def test_eigenvalues_are_real_where_the_links_are_symmetric(build):
    rng = np.random.default_rng(5)
    place = rng.uniform(size=(25, 2))
    distance = np.linalg.norm(place[:, None] - place, axis=-1)
    weights = build(range(25), distance, rng.lognormal(size=25))
    assert weights.eigenvalues.dtype == float
    general = np.sort(np.linalg.eigvals(weights.matrix).real)
    assert weights.eigenvalues == pytest.approx(general, abs=1e-9)
    low, high = weights.stable_interval
    assert low == pytest.approx(1 / general[0], rel=1e-9)
    assert high == 1.0


def test_eigenvalues_stay_complex_for_one_way_links():
    ring = np.roll(np.eye(3), 1, axis=1)
    weights = SpatialWeights("ring", LABELS[:3], ring)
    roots = np.sort_complex(np.exp(2j * np.pi * np.arange(3) / 3))
    assert weights.eigenvalues == pytest.approx(roots, abs=EXACT)
    assert weights.stable_interval == (-1.0, 1.0)


def test_the_matrix_is_a_copy_that_cannot_be_written():
    matrix = row_normalise(LINE, LABELS)
    weights = SpatialWeights("line", LABELS, matrix)
    matrix[0, 1] = 5.0
    assert weights.matrix[0, 1] == pytest.approx(1 / 11, abs=EXACT)
    with pytest.raises(ValueError, match="read-only"):
        weights.matrix[0, 1] = 5.0
    with pytest.raises(ValueError, match="read-only"):
        weights.eigenvalues[0] = 5.0


@pytest.mark.parametrize(
    ("cell", "value", "message"),
    [
        ((1, 1), 0.5, "unit B is its own neighbour"),
        ((2, 0), -0.1, "unit C has a negative or missing weight"),
        ((2, 0), np.nan, "unit C has a negative or missing weight"),
        ((3, 0), 0.9, "unit D has a row that does not sum to one"),
    ],
)
def test_a_matrix_that_is_not_normalised_is_refused(cell, value, message):
    matrix = row_normalise(LINE, LABELS)
    matrix[cell] = value
    with pytest.raises(UserError, match=message):
        SpatialWeights("line", LABELS, matrix)


def test_shape_and_labels_must_fit():
    with pytest.raises(UserError, match="3 labels for a matrix of shape"):
        SpatialWeights("line", LABELS[:3], row_normalise(LINE, LABELS))
    with pytest.raises(UserError, match="unit A is listed twice"):
        SpatialWeights("line", ("A", "A", "B", "C"), row_normalise(LINE, LABELS))


def test_rewired_graphs_keep_degrees_and_move_nearly_all_edges():
    """Of a ring of 60 units about 2/59 of the edges stay by chance."""
    ring = np.roll(np.eye(60, dtype=bool), 1, axis=1)
    ring = ring | ring.T
    before = ring.copy()
    drawn = [rewired(ring, np.random.default_rng(seed)) for seed in range(40)]
    np.testing.assert_array_equal(ring, before)
    for graph in drawn:
        np.testing.assert_array_equal(graph, graph.T)
        assert not graph.diagonal().any()
        np.testing.assert_array_equal(graph.sum(axis=0), 2)
    stayed = np.mean([(graph & ring).sum() / ring.sum() for graph in drawn])
    # 40 graphs of 60 edges: the share has an error of 0.004, of which six.
    assert stayed == pytest.approx(2 / 59, abs=0.024)
