"""Weight matrices: who is whose neighbour, and by how much."""

import dataclasses

Words = tuple[str, str]


@dataclasses.dataclass(frozen=True)
class Matrix:
    """A matrix and where it exists.

    Attributes
    ----------
    words : pair of str
    panels : tuple of str
        Panels that are built with it; ``own`` is the matrix that a reader brings.
    options : tuple of str
        Options of an estimator that build it anew, of which a column names one at most.
    required : bool
        Whether it exists by such an option alone.
    """

    words: Words
    panels: tuple[str, ...]
    options: tuple[str, ...] = ()
    required: bool = False


MATRICES: dict[str, Matrix] = {
    "contiguity": Matrix(("Contiguity", "邻接"), ("province", "city")),
    "inverse_distance": Matrix(
        ("Inverse distance", "反距离"), ("province", "city"), ("cutoff_km", "exponent")
    ),
    "inverse_distance_squared": Matrix(("Inverse squared distance", "反距离平方"), ("province",)),
    "economic": Matrix(("Economic distance", "经济距离"), ("province",), ("economic_floor",)),
    "nested": Matrix(("GDP over distance", "经济地理嵌套"), ("province",)),
    "nearest": Matrix(
        ("Nearest neighbours", "最近邻"), ("province", "city"), ("neighbours",), required=True
    ),
    "nearest_6": Matrix(("6 nearest neighbours", "最近6邻"), ("city",)),
    "own": Matrix(("Own matrix", "自有矩阵"), ("own",)),
}


def built_for(panel: str) -> tuple[str, ...]:
    """Return the matrices that a panel is built with."""
    return tuple(name for name, one in MATRICES.items() if panel in one.panels and not one.required)
