"""Formulas over the variables of a table, as text.

A formula is arithmetic on variable names, numbers and ``ln``, for instance
``rd_personnel_fte / population_10k``. Its sources are read from the text, so they are never listed
a second time.
"""

import ast
import functools

from pilotzone.errors import UserError
from pilotzone.textfile import shown

# What evaluates a tree calls itself for each level.
DEEPEST = 100


@functools.cache
def parse(formula: str) -> ast.expr:
    """Return a formula as a tree, which ``methods.index.formula`` evaluates."""
    try:
        tree = ast.parse(formula, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise UserError(
            f"formula '{shown(formula)}' is not arithmetic; allowed: + - * / ( ) ln"
        ) from None
    if _depth(tree) > DEEPEST:
        raise UserError(f"formula '{shown(formula)}' is nested beyond {DEEPEST}; split it")
    return tree


def _depth(tree: ast.AST) -> int:
    """Return how many levels a tree has, counted without recursion."""
    level, depth = [tree], 0
    while level:
        level = [child for node in level for child in ast.iter_child_nodes(node)]
        depth += 1
    return depth


@functools.cache
def sources(formula: str) -> tuple[str, ...]:
    """Return the variables that a formula reads, sorted."""
    nodes = list(ast.walk(parse(formula)))
    functions = {getattr(node.func, "id", "") for node in nodes if isinstance(node, ast.Call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return tuple(sorted(names - functions))
