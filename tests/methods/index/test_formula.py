"""Formulas: arithmetic on names, nothing else."""

import numpy as np
import pytest

from pilotzone.catalogue.formula import parse, sources
from pilotzone.errors import UserError
from pilotzone.methods.index.formula import evaluate

VALUES = {"a": np.array([2.0, 4.0]), "b": np.array([1.0, 8.0])}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a / b", [2.0, 0.5]),
        ("1 - a / b", [-1.0, 0.5]),
        ("(a + b) * 10", [30.0, 120.0]),
        ("-a", [-2.0, -4.0]),
        ("ln(a * b)", np.log([2.0, 32.0])),
    ],
)
def test_value(text, expected):
    np.testing.assert_allclose(evaluate(parse(text), VALUES), expected, rtol=1e-15)


def test_sources_are_read_from_the_text():
    assert sources("ln(b) + a / b * 2") == ("a", "b")


@pytest.mark.parametrize(
    "text",
    ["a / ", "a ** b", "__import__('os')", "a.b", "exp(a)", "a if b else a", "'a'", "ln(a, b)"],
)
def test_anything_but_arithmetic_is_refused(text):
    with pytest.raises(UserError, match="is not arithmetic; allowed"):
        evaluate(parse(text), VALUES)


def test_an_unknown_variable_is_named():
    with pytest.raises(UserError, match="formula 'a / c': no variable 'c'"):
        evaluate(parse("a / c"), VALUES)
