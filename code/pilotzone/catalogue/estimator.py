"""The record of an estimator: where its function is, and what a column may tell it."""

import dataclasses
from collections.abc import Mapping

from pilotzone.catalogue.options import Option

Words = tuple[str, str]
TWO_WAY = ("two_way",)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Estimator:
    """What an estimator is called, where it is, and what it takes.

    Attributes
    ----------
    words : pair of str
    function : str
        ``module:function`` below ``pilotzone.engine``.
    inferences : tuple of str
        Kinds of inference that it computes; the first is the default.
    controls : bool
        Whether it takes controls.
    weights : bool
        Whether it takes a weight matrix, which it then needs.
    effects : tuple of str
        Sets of effects that it knows.
    options : mapping from name to Option
    diagnostics : tuple of str
    draws : bool or None
        Whether it draws whatever its inference; None if it simulates where draws are declared.
    above : bool
        Whether it takes clusters coarser than units.
    crossed : bool
        Whether it takes two clusters that cross, where its inference does.
    row_weights : bool
        Whether it takes weights of the rows.
    main : str
        Schema of the main file.
    """

    words: Words
    function: str
    inferences: tuple[str, ...] = ("crv1",)
    controls: bool = True
    weights: bool = False
    effects: tuple[str, ...] = TWO_WAY
    options: Mapping[str, Option] = dataclasses.field(default_factory=dict)
    diagnostics: tuple[str, ...] = ()
    draws: bool | None = False
    above: bool = True
    crossed: bool = False
    row_weights: bool = False
    main: str = "estimates"
