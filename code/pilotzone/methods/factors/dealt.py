"""The mean effect beside factors for many outcomes of one roll-out, as when they are dealt."""

import numpy as np

from pilotzone.methods.did.cohorts import StaggeredPanel
from pilotzone.methods.factors.resampled import TOLERANCE, fits
from pilotzone.methods.factors.validation import Rule, choose


def mean_effects(
    panel: StaggeredPanel, tables: np.ndarray, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    r"""Return the mean of all treated cells (R,) for each outcome, and an error (R,).

    Rank or penalty is that of the first outcome. With gaps :math:`\hat\tau_{it}` of the treated
    cells, :math:`n_i` of them of unit i and :math:`\bar\tau` their mean, the error is
    :math:`\sqrt{\sum_i (\sum_t \hat\tau_{it} - n_i\bar\tau)^2} / \sum_i n_i`: how treated units
    differ. It leaves out what the fit adds and serves to studentise, not to cover.

    Parameters
    ----------
    panel : StaggeredPanel
        All cells observed.
    tables : (R, U, T)
    rule : Rule

    Raises
    ------
    NotIdentified
        As :func:`choose`.
    """
    rows = panel.observed & ~panel.treated
    chosen, _ = choose(panel, rows, tables[:1], rule)
    whole = np.broadcast_to(rows, tables.shape)
    made = fits(rule.kind, tables, whole, np.repeat(chosen, len(tables)), tolerance=TOLERANCE)
    gaps = np.where(panel.treated, tables - made.fitted, 0.0).sum(axis=2)
    cells = panel.treated.sum(axis=1)
    estimates = gaps.sum(axis=1) / cells.sum()
    left = gaps - estimates[:, None] * cells
    errors = np.sqrt((left**2).sum(axis=1)) / cells.sum()
    return np.where(made.exists, estimates, np.nan), errors
