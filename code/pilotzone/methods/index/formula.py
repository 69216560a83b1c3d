"""Values of formulas: arithmetic on arrays by name."""

import ast
from collections.abc import Callable, Mapping

import numpy as np

from pilotzone.errors import UserError

# Of a constant; a longer one is no number of floating point.
LARGEST = 1e300
_OPERATIONS: dict[type, Callable] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.divide,
}


def evaluate(tree: ast.expr, variables: Mapping[str, np.ndarray]) -> np.ndarray:
    """Return the value of a parsed formula, element by element of arrays of one shape, by name.

    Raises UserError if the formula is not arithmetic or names a variable that is not there.
    """

    def said() -> str:
        return ast.unparse(tree)

    def value(node: ast.expr) -> np.ndarray | float:
        match node:
            case ast.Constant(value=int() | float() as number) if abs(number) <= LARGEST:
                return float(number)
            case ast.Name(id=name) if name in variables:
                return np.asarray(variables[name], dtype=float)
            case ast.Name(id=name):
                raise UserError(f"formula '{said()}': no variable '{name}' in the panel")
            case ast.BinOp(left=left, op=operation, right=right) if type(operation) in _OPERATIONS:
                return _OPERATIONS[type(operation)](value(left), value(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return np.negative(value(operand))
            case ast.Call(func=ast.Name(id="ln"), args=[argument], keywords=[]):
                return np.log(value(argument))
        raise UserError(f"formula '{said()}' is not arithmetic; allowed: + - * / ( ) ln")

    return np.asarray(value(tree), dtype=float)
