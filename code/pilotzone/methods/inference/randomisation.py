r"""Randomisation inference: what the estimate would be had chance treated other units.

Under the sharp null of no effect on any unit the outcomes would be the same under any assignment
of the ``paths``, and the share of draws with a statistic at least as large is an exact p value if
paths were assigned by chance (Fisher 1935, The Design of Experiments; Young 2019, Quarterly
Journal of Economics 134(2)). The t statistic suffers less than the coefficient where units differ
in size or variance (MacKinnon and Webb 2020, Journal of Econometrics 218(2)).
"""

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from pilotzone.errors import NotIdentified
from pilotzone.methods.inference.batch import batch
from pilotzone.methods.inference.cluster import Groups, encode
from pilotzone.methods.inference.effects import FixedEffects
from pilotzone.methods.inference.paths import (
    NEVER,
    PathTable,
    in_chunks,
    is_treated,
    per_unit,
    permute_paths,
    random_rollouts,
)
from pilotzone.methods.inference.permutations import p_value


@dataclass(frozen=True, eq=False)
class RandomisationTest:
    """A two-way coefficient among those of permuted treatments.

    Attributes
    ----------
    coefficient, t : of the data, t with the CRV1 error.
    p_value : on |t|; ``p_value_coefficient`` on the absolute coefficient.
    coefficients, t_draws : (R,), NaN where the draw has no variation within the effects.
    draws : R.
    n_undefined : draws without a statistic, counted as at least as large.
    """

    coefficient: float
    t: float
    p_value: float
    p_value_coefficient: float
    coefficients: np.ndarray = field(repr=False)
    t_draws: np.ndarray = field(repr=False)
    draws: int
    n_undefined: int

    @classmethod
    def of(cls, coefficients: np.ndarray, t: np.ndarray) -> "RandomisationTest":
        """Return the test from coefficients and t (1 + R,), those of the data first."""
        coefficient, observed = float(coefficients[0]), float(t[0])
        return cls(
            coefficient=coefficient,
            t=observed,
            p_value=float(p_value(observed, t[1:])),
            p_value_coefficient=float(p_value(coefficient, coefficients[1:])),
            coefficients=coefficients[1:],
            t_draws=t[1:],
            draws=len(t) - 1,
            n_undefined=int(np.isnan(t[1:]).sum()),
        )


def randomise_paths(
    y: ArrayLike,
    paths: PathTable,
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    draws: int,
    rng: np.random.Generator,
    strata: ArrayLike | None = None,
    control_names: Sequence[str] | None = None,
) -> RandomisationTest:
    """Randomisation test of a treatment's coefficient by permutations of whole paths.

    Parameters
    ----------
    y, controls, effects, cluster, control_names : see ``batch``; controls stay with their unit.
    paths : complete table of treatments; the rows' own treatment is looked up in it.
    unit, period, draws, strata : see ``permute_paths``.

    Raises
    ------
    NotIdentified : if the treatment has no variation within effects and controls.
    UserError : as ``permute_paths`` and ``batch``.
    """
    chunks = permute_paths(unit, period, paths, draws, rng, strata)
    return _compare(y, paths.at(unit, period), chunks, controls, effects, cluster, control_names)


def fake_rollout(
    y: ArrayLike,
    cohort: ArrayLike,
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    unit: ArrayLike,
    period: ArrayLike,
    *,
    draws: int,
    rng: np.random.Generator,
    years: Sequence[int] | None = None,
    control_names: Sequence[str] | None = None,
) -> RandomisationTest:
    """The field's placebo test: fake zones in random units from random years on.

    The treatment is 1 from the unit's cohort on. See ``random_rollouts`` for what is kept.
    Parameters not named here and errors are those of ``randomise_paths``.

    Parameters
    ----------
    cohort : (N,) first treated period, constant within units, 0 for never; periods are numbers.
    years : years to draw from, or None to keep the number first treated in each.
    """
    groups, period = encode(unit, "unit"), np.asarray(period)
    by_unit = per_unit(cohort, groups.codes, groups.count, "cohort")
    first, counts = np.unique(by_unit[by_unit != NEVER], return_counts=True)
    sizes = dict(zip(first.tolist(), counts.tolist(), strict=True))
    rollouts = random_rollouts(sizes, groups.count, draws, rng, years=years)
    chunks = (
        is_treated(part[:, groups.codes], period).T
        for part in in_chunks(rollouts, len(groups.codes))
    )
    observed = is_treated(by_unit[groups.codes], period)
    return _compare(y, observed, chunks, controls, effects, cluster, control_names)


def _compare(
    y: ArrayLike,
    observed: np.ndarray,
    chunks: Iterable[np.ndarray],
    controls: ArrayLike | None,
    effects: FixedEffects,
    cluster: ArrayLike | Groups,
    control_names: Sequence[str] | None,
) -> RandomisationTest:
    """The coefficient of the data among those of the chunks of treatments."""
    groups = encode(cluster, "cluster")
    fits = [
        batch(y, part, controls, effects, groups, control_names=control_names)
        for part in itertools.chain((observed,), chunks)
    ]
    if fits[0].degenerate[0]:
        raise NotIdentified("flat_in_effects", effects=effects.parts)
    coefficients = np.concatenate([part.coefficients for part in fits])
    return RandomisationTest.of(coefficients, np.concatenate([part.t for part in fits]))
