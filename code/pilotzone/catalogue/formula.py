"""Formulas over the variables of a table, as text.

A formula is arithmetic on variable names, numbers and ``ln``, for instance
``rd_personnel_fte / population_10k``. Its sources are read from the text, so they are never listed
a second time.
"""

import ast

from pilotzone.errors import UserError


def parse(formula: str) -> ast.expr:
    """Return a formula as a tree, which ``methods.index.formula`` evaluates."""
    try:
        return ast.parse(formula, mode="eval").body
    except SyntaxError:
        raise UserError(f"formula '{formula}' is not arithmetic; allowed: + - * / ( ) ln") from None


def sources(formula: str) -> tuple[str, ...]:
    """Return the variables that a formula reads, sorted."""
    nodes = list(ast.walk(parse(formula)))
    functions = {getattr(node.func, "id", "") for node in nodes if isinstance(node, ast.Call)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return tuple(sorted(names - functions))
