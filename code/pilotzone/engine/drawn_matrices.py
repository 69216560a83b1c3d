"""Rho and the indirect effect among matrices that are drawn anew."""

import dataclasses
import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.matrix import matrix, placed
from pilotzone.engine.spatial_panel import stacked
from pilotzone.errors import UserError
from pilotzone.methods.inference.paths import in_chunks
from pilotzone.methods.space import builders
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import estimate_stack, estimate_stacked
from pilotzone.methods.space.weights import SpatialWeights, row_normalise
from pilotzone.panels.store import Store

# Numbers of the panels that are worked on together.
AT_ONCE = 400_000


def relabelled(data: Design, store: Store) -> Result:
    """Rho and the indirect effect under matrices whose rows and columns are permuted together."""
    data, weights = placed(data, store)
    # Matrix and units have one order, so that the rows may be dealt instead of the matrix.
    panel, draws = stacked(data, weights), data.resampling.draws
    rng = data.resampling.rng()
    orders = np.array([rng.permutation(len(weights.labels)) for _ in range(draws)])
    places, found = np.argsort(orders, axis=1), []
    for some in in_chunks(places, panel.y.size + panel.x.size, AT_ONCE):
        y, x = (np.moveaxis(part[..., some], -2, -3) for part in (panel.y, panel.x))
        panels = dataclasses.replace(panel, y=y, x=x)
        found.append(_rho_and_indirect(panels, data, weights, estimate_stack))
    return _placebo(data, weights, panel, np.concatenate(found))


def random_graphs(data: Design, store: Store) -> Result:
    """Rho and the indirect effect under random graphs in which every unit keeps its degree."""
    weights = matrix(data, store)
    if ((weights.matrix > 0) != (weights.matrix > 0).T).any():
        raise UserError(f"matrix '{weights.name}' is no undirected graph; use contiguity")
    from tqdm import tqdm

    panel = stacked(data, weights)
    graphs = _rewired(weights, data.resampling.seed, data.resampling.draws)
    graphs = tqdm(graphs, desc=data.spec.estimator, leave=False, disable=None)
    draws = [_rho_and_indirect(panel, data, graph) for graph in graphs]
    return _placebo(data, weights, panel, np.array(draws))


@functools.lru_cache(maxsize=2)
def _rewired(weights: SpatialWeights, seed: int, draws: int) -> tuple[SpatialWeights, ...]:
    """Return random graphs with the degrees of a matrix; columns with the same seed share them."""
    rng = np.random.default_rng(seed)
    linked = weights.matrix > 0
    graphs = [builders.rewired(linked, rng).astype(float) for _ in range(draws)]
    return tuple(
        SpatialWeights(weights.name, weights.labels, row_normalise(graph, weights.labels))
        for graph in graphs
    )


def _placebo(
    data: Design, weights: SpatialWeights, panel: StackedPanel, draws: np.ndarray
) -> Result:
    """Set rho and the indirect effect beside those of the draws (R, 2)."""
    observed = _rho_and_indirect(panel, data, weights)
    p = (1 + (np.abs(draws) >= np.abs(observed) * (1 - 1e-10)).sum(axis=0)) / (1 + len(draws))
    terms = [estimates.value_rows(["rho", f"indirect:{data.spec.treatment}"], observed)]
    for k, name in enumerate(("rho", "indirect")):
        test = f"test:{name}", observed[k], "permutation", p[k]
        terms.append(estimates.statistic_row(*test, draws=len(draws)))
    terms = pd.concat(terms, ignore_index=True)
    table = pd.DataFrame(draws, columns=["rho", "indirect"])
    table = table.assign(draw=table.index + 1)
    fields = {**data.describe(), "inference": "matrices:weights", "rho": observed[0]}
    return Result(terms, fields, {"matrices": table})


def _rho_and_indirect(
    panel: StackedPanel,
    data: Design,
    weights: SpatialWeights,
    estimates_of: Callable[..., dict[str, np.ndarray | float]] = estimate_stacked,
) -> np.ndarray:
    """Return both (2,) of a panel, (R, 2) of a stack."""
    found = estimates_of(panel, weights, model="sdm", effects=data.spec.effects)
    treatment, spectrum = data.spec.treatment, weights.eigenvalues
    names = ("rho", treatment, f"W:{treatment}")
    rho, beta, theta = (np.asarray(found[name])[..., None] for name in names)
    direct = np.real((beta + theta * spectrum) / (1 - rho * spectrum)).mean(axis=-1)
    rho, total = rho[..., 0], ((beta + theta) / (1 - rho))[..., 0]
    return np.stack([rho, total - direct], axis=-1)
