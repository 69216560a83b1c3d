"""Formulas: ``y ~ d + x1 + C(g)`` read by formulaic, a column for each term."""

import dataclasses

import numpy as np
import pandas as pd

from pilotzone.errors import UserError
from pilotzone.reader.tabular import shown

INTERCEPT = "Intercept"


@dataclasses.dataclass(frozen=True)
class Terms:
    """What a formula names, in the order of its terms.

    Attributes
    ----------
    outcome : str
    values : mapping from name to array (N,)
        The outcome and each regressor; NaN in a row in which some variable is missing.
    """

    outcome: str
    values: dict[str, np.ndarray]

    @property
    def regressors(self) -> tuple[str, ...]:
        """Names of the right side without the intercept."""
        return tuple(name for name in self.values if name != self.outcome)


def read_formula(formula: str, data: pd.DataFrame) -> Terms:
    """Return the columns of a formula.

    Unit and period effects come from the arguments ``unit`` and ``period``; the intercept is
    theirs.

    Raises
    ------
    UserError
        If it is no formula, names a column that is not there, or has several left sides or parts.
    """
    import formulaic
    from formulaic.errors import FactorEvaluationError, FormulaicError

    where = f"formula '{shown(formula)}': "
    if not isinstance(formula, str) or "~" not in formula:
        raise UserError(f"{where}write it as 'y ~ d + x'")
    if "|" in formula:
        raise UserError(f"{where}leave out '|'; unit and period effects come from unit and period")
    rows = data.reset_index(drop=True)
    try:
        with np.errstate(all="ignore"):
            made = formulaic.model_matrix(formula, rows, na_action="drop", context={})
    except FactorEvaluationError as error:
        raise UserError(f"{where}{_said(error)}; the columns are {columns_of(data)}") from None
    except (FormulaicError, ValueError, TypeError) as error:
        raise UserError(f"{where}{_said(error)}") from None
    left = getattr(made, "lhs", None)
    if left is None or left.shape[1] != 1:
        raise UserError(f"{where}one numeric outcome stands before '~'")
    frames = pd.DataFrame(left), pd.DataFrame(made.rhs).drop(columns=INTERCEPT, errors="ignore")
    whole = pd.concat(frames, axis=1).reindex(rows.index)
    if whole.columns.has_duplicates:
        raise UserError(f"{where}the outcome stands among its regressors")
    values = {str(name): whole[name].to_numpy(dtype=float) for name in whole}
    return Terms(str(left.columns[0]), values)


def columns_of(data: pd.DataFrame) -> str:
    """Return the columns that there are, as a sentence ends with them."""
    return ", ".join(f"'{shown(name)}'" for name in data.columns)


def _said(error: Exception) -> str:
    """Return the first line of what a library says, without colours."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return first.replace("`", "'").rstrip(".")
