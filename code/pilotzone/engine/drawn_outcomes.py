"""Outcomes drawn on a column's real rows, roll-out and matrix.

.. math:: y_t = a + l_t + (I − ρ W)^{-1} (D_t β + W D_t θ + (I − λ W)^{-1} u_t),
          u_{it} = φ u_{i,t−1} + ε_{it}

with a and l the means of the real outcome by unit and period, which every estimator that is drawn
for takes out, and ρ and λ as fitted to the data, or 0.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from pilotzone.catalogue import Description, Specification
from pilotzone.engine.design import Design, design
from pilotzone.engine.linear import fit
from pilotzone.engine.matrix import matrix
from pilotzone.engine.spatial_panel import stacked, structure
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

# Models whose ρ and λ, as fitted, the drawn outcomes have.
LIKELIHOOD = ("sar", "sem", "slx", "sdm", "sdem", "gns")


@dataclasses.dataclass(frozen=True)
class Drawn:
    """A column with what outcomes are drawn from.

    Attributes
    ----------
    data : Design
        Its real rows.
    rows, columns : array, shape (N,)
        Period and unit of each row among those of the sample.
    means : array, shape (T, n)
        Of the real outcome, by unit and by period.
    residuals : array, shape (T, n)
        Of the column's regression on the real outcome; 0 where there is no row.
    scale : float
        Their standard deviation, for a spatial model the root of its σ².
    spatial : SpatialFit or None
        The fit whose ρ and λ the outcomes have.
    weights : SpatialWeights or None
    """

    data: Design
    rows: np.ndarray
    columns: np.ndarray
    means: np.ndarray
    residuals: np.ndarray
    scale: float
    spatial: SpatialFit | None = None
    weights: SpatialWeights | None = None

    @classmethod
    def of(cls, spec: Specification, store: Store) -> "Drawn":
        """Return a column on its real rows, fitted once for the size of its noise."""
        data = design(spec, store)
        rows = np.unique(data.period, return_inverse=True)[1]
        columns = np.unique(data.unit, return_inverse=True)[1]
        by_unit = np.bincount(columns, data.y) / np.bincount(columns)
        by_period = np.bincount(rows, data.y) / np.bincount(rows)
        place = rows, columns, np.add.outer(by_period, by_unit) - data.y.mean()
        if not spec.weights or spec.estimator not in LIKELIHOOD:
            found = fit(_plain(data)).residuals
            residuals = np.zeros(place[2].shape)
            residuals[rows, columns] = found
            return cls(data, *place, residuals, float(np.std(found)))
        weights = matrix(data, store)
        panel = stacked(data, weights)
        fitted = fit_stacked(panel, weights, **structure(data))
        scale = float(np.sqrt(fitted.sigma2))
        return cls(data, *place, fitted.residuals, scale, fitted, weights)

    @property
    def treatment(self) -> np.ndarray:
        """The treatment (T, n); 0 where there is no row."""
        table = np.zeros(self.means.shape)
        table[self.rows, self.columns] = self.data.treatment
        return table

    def noise(self, seed: int, draw: int, phi: float) -> np.ndarray:
        """Return stationary noise (T, n) of variance one, the same for all columns of a shape.

        First-order autoregressive in time with coefficient ``phi``, independent by unit.
        """
        noise = np.random.default_rng([seed, draw]).standard_normal(self.means.shape)
        for t in range(1, len(noise)):
            noise[t] = phi * noise[t - 1] + np.sqrt(1 - phi**2) * noise[t]
        return noise

    def outcome(self, noise: np.ndarray, beta: float = 0.0, theta: float = 0.0) -> np.ndarray:
        """Return outcomes (T, n) with some noise, effects of D, and of W D in a spatial model."""
        if self.spatial is None:
            return self.means + noise + beta * self.treatment
        w, fitted = self.weights.matrix, self.spatial
        unity = np.eye(len(w))
        mean = np.linalg.solve(unity - np.nan_to_num(fitted.coefficient("lambda")) * w, noise.T).T
        if beta or theta:
            treatment = self.treatment
            mean = mean + beta * treatment
            mean = mean + theta * treatment @ w.T
        rho = np.nan_to_num(fitted.rho)
        return self.means + np.linalg.solve(unity - rho * w, mean.T).T

    def design(self, outcome: np.ndarray, seed: int) -> Design:
        """Return the rows with another outcome (T, n), and a seed of their own."""
        spec, inference = self.data.spec, self.data.spec.inference
        if inference.seed is not None:
            spec = dataclasses.replace(spec, inference=dataclasses.replace(inference, seed=seed))
        return self.data.with_outcome(spec, outcome[self.rows, self.columns])


def _plain(data: Design) -> Design:
    """Return the column without effects that an estimator by group or moderator alone knows."""
    if not data.spec.held_constant.options:
        return data
    return dataclasses.replace(data, spec=dataclasses.replace(data.spec, effects="two_way"))


def counted(description: Description, spec: Specification) -> Iterator[int]:
    """Return the numbers of the draws, with a bar of progress that names the column."""
    from tqdm import tqdm

    what = f"{spec.estimator}, {spec.inference.id}, {spec.treatment}"
    return iter(tqdm(range(description.draws), desc=what, leave=False, disable=None))
