"""Bins of a dose."""

import itertools

from pilotzone.engine.cautions import thin_cells, with_cautions
from pilotzone.engine.design import Design, Result
from pilotzone.engine.fits import estimate_rows, model_fields
from pilotzone.engine.linear import fit
from pilotzone.errors import NotIdentified, UserError
from pilotzone.panels.store import Store

EDGES = (0.0, 0.25, 0.75, 1.0)


def dose_bins(data: Design, store: Store) -> Result:
    """A dummy for each bin of the dose; no dose is the reference."""
    d = data.treatment
    if d.min() < 0 or d.max() > 1 + 1e-12:
        raise UserError(
            f"dose bins need a share; '{data.spec.treatment}' leaves [0, 1], from {d.min():g} to "
            f"{d.max():g}: divide it by its largest value, or read its slope"
        )
    pairs = list(itertools.pairwise(EDGES))
    names = tuple(f"bin:{low:g}-{high:g}" for low, high in pairs)
    columns = [(d > low) & (d <= high + 1e-12) for low, high in pairs]
    for (low, high), column in zip(pairs, columns, strict=True):
        if not column.any():
            raise NotIdentified("empty_bin", low=low, high=high)
    if not (d == 0).any():
        raise NotIdentified("dose_without_zero", variable=data.spec.treatment, lowest=d.min())
    result = fit(data, columns, names)
    made = Result(estimate_rows(result, len(names)), model_fields(result, data))
    return with_cautions(made, thin_cells(data, dict(zip(names, columns, strict=True))))
