"""What the untreated cells of a panel identify, before anything is fitted."""

import numpy as np

from pilotzone.errors import NotIdentified
from pilotzone.methods.did.cohorts import StaggeredPanel, whole
from pilotzone.methods.inference.cluster import TOLERANCE


def require_untreated(panel: StaggeredPanel, rows: np.ndarray) -> None:
    """Refuse a panel whose untreated cells do not tie all periods together.

    Parameters
    ----------
    panel : StaggeredPanel
    rows : (U, T) bool, untreated cells.

    Raises
    ------
    NotIdentified
        ``nobody_treated``; ``period_without_untreated`` if a period has no untreated cell;
        ``untreated_not_linked`` if no chain of units links its cells with those of another.
    """
    if not (panel.observed & panel.treated).any():
        raise NotIdentified("nobody_treated", **panel.span)
    empty = ~rows.any(axis=0)
    if empty.any():
        first = whole(panel.periods[np.argmax(empty)])
        raise NotIdentified("period_without_untreated", period=first, periods=int(empty.sum()))
    mask = rows[rows.any(axis=1)].astype(float)
    gram = np.diag(mask.sum(axis=0)) - (mask / mask.sum(axis=1, keepdims=True)).T @ mask
    if (np.linalg.eigvalsh(gram) < TOLERANCE * len(mask)).sum() > 1:
        raise NotIdentified("untreated_not_linked")


def block_rank(rows: np.ndarray) -> int:
    """Return the largest rank that stacked or single tables of untreated cells (U, T) identify.

    A period's effect and its r factors take r + 1 untreated units, and the cells must outnumber
    the U + T − 1 effects and the r (U + T − 2 − r) free numbers of L.
    """
    n, t = rows.shape
    spare = int(rows.sum()) - (n + t - 1)
    fits = [r for r in range(min(n, t)) if spare - r * (n + t - 2 - r) > 0]
    return min(int(rows.sum(axis=0).min()) - 1, max(fits, default=0))


def require_rank(panel: StaggeredPanel, rows: np.ndarray, rank: int) -> None:
    """Refuse more factors than untreated cells identify.

    Raises
    ------
    NotIdentified
        ``rank_not_identified`` if the untreated block carries fewer factors;
        ``pre_period_too_short`` if a treated unit has fewer than rank + 1 untreated cells, which
        its intercept and loadings take.
    """
    most = block_rank(rows)
    if rank > most:
        raise NotIdentified("rank_not_identified", rank=rank, most=most)
    own = _of_treated(panel, rows)
    if own.min() <= rank:
        place = np.flatnonzero(_in_sample(panel))[np.argmin(own)]
        cohort = whole(panel.cohort[place])
        facts = {"cohort": cohort, "periods": int(own.min()), "needed": rank + 1, "rank": rank}
        raise NotIdentified("pre_period_too_short", **facts)


def largest_rank(panel: StaggeredPanel, rows: np.ndarray) -> int:
    """Return the largest rank that cross-validation can judge.

    :func:`require_rank` lets it pass with a cell of each treated unit to spare, which can be held
    out; with none, nothing says how far its loadings can be trusted.
    """
    return max(0, min(block_rank(rows), int(_of_treated(panel, rows).min()) - 2))


def _in_sample(panel: StaggeredPanel) -> np.ndarray:
    """(U,) bool, units with a treated cell."""
    return (panel.observed & panel.treated).any(axis=1)


def _of_treated(panel: StaggeredPanel, rows: np.ndarray) -> np.ndarray:
    """Untreated cells of each unit with a treated one."""
    return rows[_in_sample(panel)].sum(axis=1)
