"""Formulas over the variables of a table, as text.

A formula is arithmetic on variable names, numbers and ``ln``, for instance
``rd_personnel_fte / population_10k``. Its sources are read from the text, so they are never listed
a second time.
"""

import ast
from collections.abc import Callable, Mapping

import numpy as np

from pilotzone.errors import UserError

_OPERATIONS: dict[type, Callable] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}


def _parse(formula: str) -> ast.expr:
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError:
        raise UserError(f"formula '{formula}' is not arithmetic; allowed: + - * / ( ) ln") from None


def sources(formula: str) -> tuple[str, ...]:
    """Return the variables that a formula reads, sorted."""
    tree = _parse(formula)
    functions = {
        node.func.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return tuple(sorted(names - functions))


def evaluate(formula: str, variables: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the value of a formula, element by element.

    Parameters
    ----------
    formula : str
    variables : mapping from name to array, all of one shape

    Raises
    ------
    UserError
        If the formula is not arithmetic or names a variable that is not there.
    """

    def value(node: ast.expr) -> np.ndarray | float:
        match node:
            case ast.Constant(value=int() | float() as number):
                return float(number)
            case ast.Name(id=name) if name in variables:
                return np.asarray(variables[name], dtype=float)
            case ast.Name(id=name):
                raise UserError(f"formula '{formula}': no variable '{name}' in the panel")
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
                return _OPERATIONS[type(operation)](value(left), value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return np.negative(value(operand))
            case ast.Call(func=ast.Name(id="ln"), args=[argument], keywords=[]):
                return np.log(value(argument))
        raise UserError(f"formula '{formula}' is not arithmetic; allowed: + - * / ( ) ln")

    return np.asarray(value(_parse(formula)), dtype=float)
