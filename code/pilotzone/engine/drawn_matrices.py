"""Rho and the indirect effect among matrices that are drawn anew."""

import functools
from collections.abc import Callable

import numpy as np
import pandas as pd

from pilotzone import estimates
from pilotzone.engine.design import Design, Result
from pilotzone.engine.matrix import matrix, placed
from pilotzone.engine.spatial_panel import stacked
from pilotzone.errors import UserError
from pilotzone.methods.space import builders
from pilotzone.methods.space.panel import StackedPanel
from pilotzone.methods.space.panel_ml import estimate_stacked
from pilotzone.methods.space.weights import SpatialWeights, row_normalise
from pilotzone.panels.store import Store


def relabelled(data: Design, store: Store) -> Result:
    """Rho and the indirect effect under matrices whose rows and columns are permuted together."""
    data, weights = placed(data, store)

    def drawn(rng: np.random.Generator) -> SpatialWeights:
        return weights.relabelled(rng.permutation(len(weights.labels)))

    return _placebo(data, weights, drawn)


def random_graphs(data: Design, store: Store) -> Result:
    """Rho and the indirect effect under random graphs in which every unit keeps its degree."""
    weights = matrix(data, store)
    if ((weights.matrix > 0) != (weights.matrix > 0).T).any():
        raise UserError(f"matrix '{weights.name}' is no undirected graph; use contiguity")
    graphs = iter(_rewired(weights, data.resampling.seed, data.resampling.draws))
    return _placebo(data, weights, lambda rng: next(graphs))


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
    data: Design, weights: SpatialWeights, drawn: Callable[[np.random.Generator], SpatialWeights]
) -> Result:
    from tqdm import tqdm

    rng = data.resampling.rng()
    # The rows are those of the units in the order of the matrix, whatever is drawn for it.
    panel = stacked(data, weights)
    observed = _rho_and_indirect(panel, data, weights)
    turns = range(data.resampling.draws)
    turns = tqdm(turns, desc=data.spec.estimator, leave=False, disable=None)
    draws = np.array([_rho_and_indirect(panel, data, drawn(rng)) for _ in turns])
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


def _rho_and_indirect(panel: StackedPanel, data: Design, weights: SpatialWeights) -> np.ndarray:
    found = estimate_stacked(panel, weights, model="sdm", effects=data.spec.effects)
    treatment = data.spec.treatment
    rho, beta, theta = (found[name] for name in ("rho", treatment, f"W:{treatment}"))
    spectrum = weights.eigenvalues
    direct = float(np.real((beta + theta * spectrum) / (1 - rho * spectrum)).mean())
    return np.array([rho, (beta + theta) / (1 - rho) - direct])
