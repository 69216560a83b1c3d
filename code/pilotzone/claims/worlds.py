r"""Made-up worlds on a real roll-out: what the rules are tried on, with the truth known.

.. math:: y_{it} = a_i + l_t + b_i (t − \bar t) + τ P_{it} + u_{it}

a and l are the means of the real outcome, P is where the kind of claim looks for an effect (the
treatment, its spatial lag, its product with a moderator or a group), and u is noise: first-order in
time with the size and persistence of the real residuals (``ar1``), or the real residual paths of
units with random signs (``real``). Worlds differ by b and τ.
"""

import dataclasses

import numpy as np

from pilotzone.claims.facts import Verdict

# Slopes are those of the years before the first zones that count.
BEFORE = 2016
NOISES = ("ar1", "real")
NO_EFFECT = ("nothing", "own_trends", "spatial_trends", "size_levels")
EFFECT = ("spillover_only", "delta", "detectable", "growing", "one_group", "mirrored")
WORLDS = (*NO_EFFECT, *EFFECT)
_CLAIMED = (Verdict.SUPPORTED, Verdict.ASSUMED)
_AGAINST = (Verdict.CONTRADICTED, Verdict.CONTRADICTED_ASSUMED)


@dataclasses.dataclass(frozen=True)
class Setting:
    """What worlds are drawn from; T years, n units.

    Attributes
    ----------
    kind : str
        Kind of the claim.
    years : array, shape (T,)
    outcome : array, shape (T, n)
    pattern : array, shape (T, n)
        Where the claim looks for its effect, P.
    treatment : array, shape (T, n)
    neighbours : array, shape (n, n)
        Row-standardised weights, for trends that neighbours share and for spillovers.
    group : array of bool, shape (n,)
        The units of one group.
    """

    kind: str
    years: np.ndarray
    outcome: np.ndarray
    pattern: np.ndarray
    treatment: np.ndarray
    neighbours: np.ndarray
    group: np.ndarray

    @property
    def means(self) -> np.ndarray:
        """Unit plus period means of the outcome, (T, n)."""
        y = self.outcome
        return y.mean(axis=0) + y.mean(axis=1)[:, None] - y.mean()

    @property
    def residuals(self) -> np.ndarray:
        """The outcome net of units, periods and what the pattern explains, (T, n)."""
        y, x = (_within(table) for table in (self.outcome, self.pattern))
        return y - x * (x * y).sum() / (x * x).sum()

    @property
    def slopes(self) -> np.ndarray:
        """Each unit's yearly slope before the zones, net of the average, (n,)."""
        early = self.years < BEFORE
        t = self.years[early] - self.years[early].mean()
        slopes = t @ self.outcome[early] / (t @ t)
        return slopes - slopes.mean()

    @property
    def size_slopes(self) -> np.ndarray:
        """The slopes of units that all grow at the rate of their sum, (n,)."""
        total = self.outcome.mean(axis=1)
        growth = (total[-1] - total[0]) / (self.years[-1] - self.years[0]) / total[0]
        return growth * (self.outcome[0] - total[0])


def drawn(
    setting: Setting, world: str, noise: str, tau: float, rng: np.random.Generator
) -> np.ndarray:
    """Return an outcome (T, n) of a world.

    Parameters
    ----------
    setting : Setting
    world : str
        One of :data:`WORLDS`.
    noise : {'ar1', 'real'}
    tau : float
        Size of the effect, in worlds that have one.
    rng : Generator
    """
    t = (setting.years - setting.years.mean())[:, None]
    made = setting.means + t * _slopes(setting, world)
    if world in EFFECT:
        made = made + tau * _where(setting, world)
    return made + _noise(setting.residuals, noise, rng)


def has_effect(kind: str, world: str) -> bool:
    """Say whether a world holds an effect of the kind that a claim looks for."""
    return world in EFFECT and (world != "spillover_only" or kind == "spillover")


def truth(kind: str, world: str, verdict: Verdict, *, at_least_delta: bool) -> str:
    """Return ``true`` where a verdict is right in a world, ``false`` where wrong, else ``open``.

    Parameters
    ----------
    kind, world : str
    verdict : Verdict
    at_least_delta : bool
        Whether the effect is as large as the smallest one of interest.
    """
    if verdict in _AGAINST:
        return "false"
    if not has_effect(kind, world):
        if verdict in _CLAIMED:
            return "false"
        if verdict is Verdict.EXPLAINED:
            return "open" if world == "nothing" else "true"
        return "true" if verdict is Verdict.RULED_OUT else "open"
    if verdict is Verdict.EXPLAINED:
        return "false"
    # An effect in one group alone is smaller on average.
    if world == "one_group" and kind != "group":
        return "open"
    if verdict is Verdict.RULED_OUT:
        return "false" if at_least_delta else "true"
    return "true" if verdict in _CLAIMED else "open"


def _slopes(setting: Setting, world: str) -> np.ndarray:
    own = setting.slopes
    if world == "own_trends":
        return own
    if world == "spatial_trends":
        shared = setting.neighbours @ own
        shared = shared - shared.mean()
        return shared * own.std() / shared.std()
    if world == "size_levels":
        return setting.size_slopes
    if world == "mirrored":
        # Down where the effect falls, up elsewhere.
        touched = np.abs(setting.pattern).sum(axis=0)
        return np.where(touched > np.median(touched), -np.abs(own), np.abs(own))
    return np.zeros_like(own)


def _where(setting: Setting, world: str) -> np.ndarray:
    """Return where an effect of one falls, (T, n)."""
    pattern = setting.pattern
    if world == "spillover_only":
        return setting.treatment @ setting.neighbours.T
    if world == "growing":
        since = np.cumsum(pattern != 0, axis=0)
        treated = pattern != 0
        return pattern * since / since[treated].mean()
    if world == "one_group" and setting.kind != "group":
        return pattern * setting.group
    return pattern


def _noise(residuals: np.ndarray, noise: str, rng: np.random.Generator) -> np.ndarray:
    """Return noise (T, n) like the residuals."""
    if noise == "real":
        return residuals * rng.choice([-1.0, 1.0], size=residuals.shape[1])
    phi, scale = persistence(residuals)
    made = rng.standard_normal(residuals.shape)
    for t in range(1, len(made)):
        made[t] = phi * made[t - 1] + np.sqrt(1 - phi**2) * made[t]
    return scale * made


def persistence(residuals: np.ndarray) -> tuple[float, float]:
    """Return the autocorrelation of residuals (T, n) within units, and their standard deviation."""
    now, before = residuals[1:], residuals[:-1]
    phi = (now * before).sum() / np.sqrt((now**2).sum() * (before**2).sum())
    return float(phi), float(np.sqrt((residuals**2).mean()))


def _within(table: np.ndarray) -> np.ndarray:
    return table - table.mean(axis=0) - table.mean(axis=1)[:, None] + table.mean()
