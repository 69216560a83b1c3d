"""What a test and an interval are worth when years depend on each other: size and coverage.

For each column of a list, outcomes are drawn on its real rows, roll-out, controls and matrix, and
the column is estimated on them as it stands:

.. math:: y_t = a + l_t + (I − ρ W)^{-1} (D_t β + W D_t θ + (I − λ W)^{-1} u_t),
          u_{it} = φ u_{i,t−1} + ε_{it}

with φ declared, u of the size of the column's residual, ρ and λ as fitted or 0, and a and l
the means of the real outcome by unit and period, which every estimator here takes out. Size is
the share of draws with p ≤ 0.05 where β = θ = 0. Coverage is the share of 95 % intervals that hold
the truth: under β = θ = 0 too where the estimator is linear in y, so that a constant effect shifts
estimate and interval alike; for a spatial model under the β and θ fitted to the data.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pandas as pd

from pilotzone.catalogue import Description, Inference, Specification
from pilotzone.engine.design import Design, Resampling, Result, design
from pilotzone.engine.linear import fit
from pilotzone.engine.matrix import matrix
from pilotzone.engine.spatial_panel import stacked, structure
from pilotzone.errors import NotIdentified, UserError
from pilotzone.methods.space.effects import effects_at
from pilotzone.methods.space.panel_ml import SpatialFit, fit_stacked
from pilotzone.methods.space.weights import SpatialWeights
from pilotzone.panels.store import Store

ALPHA = 0.05
# Terms with a p-value that are judged, besides those of the treatment.
JUDGED = ("overall", "event", "horizon", "test")
BAND = "band"


def inference_audit(description: Description, store: Store) -> dict[str, pd.DataFrame]:
    """Return size and coverage of each column's terms.

    Columns of one panel meet the same noise, so that they differ by their inference alone. A draw
    that a column cannot estimate is counted in ``failed`` and in no share.

    Raises
    ------
    UserError
        If a column has nothing to judge in any draw.
    """
    from pilotzone.engine import estimator_of

    tables = []
    for spec in description.columns:
        column = Column.of(spec, store, description)
        tables.append(column.audited(estimator_of(spec), store, description))
    return {"": pd.concat(tables, ignore_index=True)}


@dataclasses.dataclass(frozen=True)
class Column:
    """A column with what outcomes are drawn from.

    Attributes
    ----------
    data : Design
        Its real rows.
    rows, columns : array, shape (N,)
        Period and unit of each row among those of the sample.
    shape : (T, n)
    means : array, shape (T, n)
        Of the real outcome, by unit and by period.
    scale : float
        Standard deviation of the noise.
    spatial : SpatialFit or None
        The fit whose ρ, β and θ are the truth.
    weights : SpatialWeights or None
    """

    data: Design
    rows: np.ndarray
    columns: np.ndarray
    means: np.ndarray
    scale: float
    spatial: SpatialFit | None = None
    weights: SpatialWeights | None = None

    @classmethod
    def of(cls, spec: Specification, store: Store, description: Description) -> "Column":
        """Return a column on its real rows, fitted once for the size of its noise."""
        data = design(spec, store)
        rows = np.unique(data.period, return_inverse=True)[1]
        columns = np.unique(data.unit, return_inverse=True)[1]
        by_unit = np.bincount(columns, data.y) / np.bincount(columns)
        by_period = np.bincount(rows, data.y) / np.bincount(rows)
        place = rows, columns, np.add.outer(by_period, by_unit) - data.y.mean()
        if not spec.weights or spec.estimator not in LIKELIHOOD:
            # Of no consequence where the truth is 0, and the same whatever else the column holds.
            plain = dataclasses.replace(spec, effects="two_way")
            scale = np.std(fit(dataclasses.replace(data, spec=plain)).residuals)
            return cls(data, *place, float(scale))
        weights = matrix(data, store)
        panel = stacked(data, weights)
        fitted = fit_stacked(panel, weights, **structure(data))
        return cls(data, *place, float(np.sqrt(fitted.sigma2)), fitted, weights)

    def audited(self, estimator: object, store: Store, description: Description) -> pd.DataFrame:
        """Return a row for each judged term."""
        spec, phi = self.data.spec, float(description.option("autocorrelation"))
        worlds = ("null", "fitted") if self.spatial else ("null",)
        found: dict[str, dict[str, list[float]]] = {}
        failed = 0
        for draw in _counted(description, spec):
            rng = np.random.default_rng([description.seed, draw])
            noise = self.scale * _autoregressive(rng, self.means.shape, phi)
            for world in worlds:
                data = self._with(noise, world, description.seed + draw)
                try:
                    result = estimator(data, store)
                except (NotIdentified, UserError):
                    failed += 1
                    continue
                self._judge(result, world, worlds[-1], found)
        if not found:
            raise UserError(
                f"the audit of {spec.estimator} by {spec.inference.id} on {spec.treatment}: "
                "no draw gives a p-value or an interval"
            )
        names = list(found)
        shares = {
            what: [np.mean(found[term][what]) if found[term][what] else np.nan for term in names]
            for what in ("size", "coverage")
        }
        counts = {"autocorrelation": phi, "draws": description.draws, "failed": failed}
        return pd.DataFrame({**_place(spec), "term": names, **shares, **counts})

    def _with(self, noise: np.ndarray, world: str, seed: int) -> Design:
        """Return the design with a drawn outcome and a seed of its own."""
        spec, panel = self.data.spec, self.data.panel
        y = self.means + (noise if self.spatial is None else self._reduced_form(noise, world))
        frame = panel.frame.assign(**{spec.outcome: y[self.rows, self.columns]})
        inference: Inference = spec.inference
        if inference.seed is not None:
            inference = dataclasses.replace(inference, seed=seed)
        made = dataclasses.replace(panel, frame=frame)
        return dataclasses.replace(self.data, panel=made, resampling=Resampling(inference))

    def _reduced_form(self, noise: np.ndarray, world: str) -> np.ndarray:
        """Return outcomes (T, n) with the fitted ρ; with the fitted effects in that world."""
        w, fitted = self.weights.matrix, self.spatial
        unity = np.eye(len(w))
        mean = np.linalg.solve(unity - np.nan_to_num(fitted.coefficient("lambda")) * w, noise.T).T
        if world == "fitted":
            name = self.data.spec.treatment
            treatment = np.zeros(noise.shape)
            treatment[self.rows, self.columns] = self.data.treatment
            beta, theta = (fitted.coefficient(term) for term in (name, f"W:{name}"))
            mean = mean + np.nan_to_num(beta) * treatment
            mean = mean + np.nan_to_num(theta) * treatment @ w.T
        rho = np.nan_to_num(fitted.rho)
        return np.linalg.solve(unity - rho * w, mean.T).T

    def _truth(self, term: str, world: str) -> float:
        """Return the true value of a term: 0, but for ρ and in the fitted world."""
        if self.spatial is None:
            return 0.0
        name, fitted = self.data.spec.treatment, self.spatial
        if term in ("rho", "lambda"):
            return fitted.coefficient(term)
        if world == "null":
            return 0.0
        kind, _, of = term.partition(":")
        if kind in EFFECTS and of == name:
            at = fitted.x_names.index(name)
            whole = effects_at(fitted, self.weights, fitted.coefficients[None])[0]
            return float(whole[EFFECTS.index(kind), at])
        return fitted.coefficient(term)

    def _judge(
        self, result: Result, world: str, covered: str, found: dict[str, dict[str, list[float]]]
    ) -> None:
        """Add what a draw says of each judged term."""
        for row in result.terms.to_dict("records"):
            term = row["term"]
            if not _judged(term, self.data.spec.treatment) or not np.isfinite(row["p_value"]):
                continue
            kept = found.setdefault(term, {"size": [], "coverage": []})
            if world == "null" and term not in ("rho", "lambda"):
                kept["size"].append(float(row["p_value"] <= ALPHA))
            low, high = row.get("ci_low", np.nan), row.get("ci_high", np.nan)
            if world == covered and np.isfinite([low, high]).all():
                kept["coverage"].append(float(low <= self._truth(term, world) <= high))
        bands = result.parts.get("bands")
        if bands is not None and len(bands) and world == covered:
            inside = (bands["ci_low"] <= 0) & (bands["ci_high"] >= 0)
            found.setdefault(BAND, {"size": [], "coverage": []})["coverage"].append(inside.all())


LIKELIHOOD = ("sar", "sem", "slx", "sdm", "sdem", "gns")
EFFECTS = ("direct", "indirect", "total")


def _judged(term: str, treatment: str) -> bool:
    kind, _, of = term.partition(":")
    own = term == treatment or (of == treatment and kind in ("W", *EFFECTS))
    grouped = term.removeprefix("difference:").startswith(f"{treatment}#")
    return own or grouped or term in ("rho", "lambda") or kind in JUDGED


def _counted(description: Description, spec: Specification) -> Iterator[int]:
    from tqdm import tqdm

    what = f"{spec.estimator}, {spec.inference.id}, {spec.treatment}"
    return iter(tqdm(range(description.draws), desc=what, leave=False, disable=None))


def _autoregressive(rng: np.random.Generator, shape: tuple[int, int], phi: float) -> np.ndarray:
    """Return stationary noise (T, n) of variance one, first-order in time, independent by unit."""
    noise = rng.standard_normal(shape)
    for t in range(1, shape[0]):
        noise[t] = phi * noise[t - 1] + np.sqrt(1 - phi**2) * noise[t]
    return noise


def _place(spec: Specification) -> dict[str, str]:
    """Return what names a column of the audit."""
    return {
        "panel": spec.rows.panel,
        "treatment": spec.treatment,
        "estimator": spec.estimator,
        "effects": spec.effects,
        "correction": str(spec.chosen("correction") or "none"),
        "grouping": spec.grouping,
        "inference": spec.inference.name,
        "cluster": spec.inference.cluster or "none",
    }
