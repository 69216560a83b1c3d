"""Fits side by side."""

from collections.abc import Sequence

from pilotzone.api.rendering import Look, Table, rendered
from pilotzone.api.results import Fit
from pilotzone.errors import UserError


def table(
    fits: Fit | Sequence[Fit],
    *,
    style: str = "se",
    decimals: int = 3,
    labels: dict[str, str] | None = None,
    title: str = "",
    language: str = "en",
) -> Table:
    """Return fits side by side, a column for each.

    Parameters
    ----------
    fits : Fit or sequence of Fit
        Of :meth:`~pilotzone.api.results.Staggered.aggregate` too; cells and averages stand in rows.
    style : {"se", "t", "ci", "nostars"}
        What stands in brackets under an estimate.
    decimals : int
    labels : dict, optional
        What a column of the data is called in the table.
    title : str, optional
    language : {"en", "zh"}

    Returns
    -------
    Table
        With ``markdown()``, ``latex()``, ``html()``, ``word()`` and ``save(path)``.

    Raises
    ------
    UserError
        If there is no fit, or a choice is unknown.

    Examples
    --------
    >>> import pilotzone as pz
    >>> df = pz.example()
    >>> panel = {"unit": "unit", "period": "year"}
    >>> fits = [pz.twfe(df, formula, **panel) for formula in ("y ~ treated", "y ~ treated + x")]
    >>> pz.table(fits).markdown().splitlines()[0]
    '**Table 1.** Estimates'
    """
    listed = [fits] if isinstance(fits, Fit) else list(fits)
    if not listed or not all(isinstance(fit, Fit) for fit in listed):
        raise UserError("table takes a list of fits, such as [pz.twfe(…), pz.twfe(…)]")
    look = Look(style=style, decimals=decimals, labels=labels or {}, title=title, language=language)
    return rendered(listed, look)
