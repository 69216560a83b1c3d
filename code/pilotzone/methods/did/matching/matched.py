"""Difference in differences on the matched sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.did.matching.units import column, no_negative
from pilotzone.methods.inference.cluster import encode, first_rows
from pilotzone.methods.inference.columns import as_columns, no_variation
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.fwl import LinearFit, Vcov, fit


@dataclass(frozen=True, eq=False)
class MatchedFit:
    """A weighted two-way regression and the units it leaves out.

    Attributes
    ----------
    fit : the regression, treatment first, then controls.
    n_units : units with weight.
    dropped : codes of the units with weight 0, ascending.
    n_dropped_rows : their rows.
    """

    fit: LinearFit
    n_units: int
    dropped: tuple
    n_dropped_rows: int


def matched_did(
    y: ArrayLike,
    unit: ArrayLike,
    period: ArrayLike,
    treatment: ArrayLike,
    weights: Mapping[object, float],
    *,
    treatment_name: str = "treatment",
    controls: ArrayLike | None = None,
    control_names: Sequence[str] = (),
    cluster: ArrayLike | None = None,
    vcov: Vcov | None = None,
) -> MatchedFit:
    r"""Two-way fixed effects on the matched units.

    min Σ_it w_i (y_it − α_i − λ_t − β d_it − γ'x_it)² over the rows of units with w_i > 0.
    Heckman, Ichimura and Todd (1997, Review of Economic Studies 64(4)).

    Parameters
    ----------
    y, unit, period, controls, control_names, cluster, vcov : see ``twfe``.
    treatment, treatment_name : (N,) d_it, such as 1 from the unit's first treated period on.
    weights : weight of every unit by its label in ``unit``; 0 drops its rows. Errors take them as
        given.

    Raises
    ------
    NotIdentified : if no unit has weight, or the treatment does not vary within unit and period
        effects of the matched sample.
    UserError : if a unit has no weight in the mapping, a weight is negative or not finite, a unit
        with weight has no row, or as ``fwl.fit``.
    """
    groups = encode(unit, "unit")
    labels = np.asarray(unit)[first_rows(groups)].tolist()
    of_unit = _lookup(weights, labels)
    kept = of_unit[groups.codes] > 0
    if not kept.any():
        raise NotIdentified("no_matched_unit")
    n = len(kept)
    columns = [as_columns(treatment, n, "treatment")]
    if controls is not None:
        columns.append(as_columns(controls, n, "controls"))
    x = np.hstack(columns)[kept]
    factors = (groups.codes[kept], as_columns(period, n, "period")[kept, 0])
    effects = FixedEffects(factors, (), of_unit[groups.codes[kept]], names=("unit", "period"))
    if no_variation(x[:, :1], effects.residualise(x[:, :1])).any():
        units = np.count_nonzero(of_unit)
        raise NotIdentified("flat_in_matched", variable=treatment_name, units=units)
    clusters = factors[0] if cluster is None else as_columns(cluster, n, "cluster")[kept, 0]
    outcome = as_columns(y, n, "outcome")[kept]
    names = [treatment_name, *control_names]
    return MatchedFit(
        fit=fit(outcome, x, names, effects, clusters, vcov=vcov),
        n_units=int(np.count_nonzero(of_unit)),
        dropped=tuple(sorted(a for a, w in zip(labels, of_unit, strict=True) if w == 0)),
        n_dropped_rows=int(n - kept.sum()),
    )


def _lookup(weights: Mapping[object, float], labels: Sequence[object]) -> np.ndarray:
    """Weights of the panel's units, none without a weight and no weight without a unit."""
    without = [label for label in labels if label not in weights]
    if without:
        raise UserError(
            f"units without a matching weight: {len(without)}, the first is {without[0]}; give "
            "one for every unit, 0 to drop it"
        )
    no_negative(column(list(weights.values()), "weights", len(weights)))
    known = set(labels)
    missing = [label for label, weight in weights.items() if weight > 0 and label not in known]
    if missing:
        raise UserError(
            f"units with a matching weight but no row: {len(missing)}, the first is {missing[0]}; "
            "match on the units of the sample"
        )
    return np.array([weights[label] for label in labels], dtype=float)
