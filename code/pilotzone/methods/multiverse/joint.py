r"""Tests of many specifications together, by the same dealt roll-outs.

Under the sharp null of no effect on any unit, outcomes would be the same under any deal of the
treatment paths, so that whatever is computed from all specifications has its distribution among
deals: a share of positive signs, a median, the smallest p. One deal serves all specifications, so
that their dependence is that of the data. Simonsohn, Simmons and Nelson (2020, Nature Human
Behaviour 4) deal treatments over rows; here whole paths go to other units.

Statistics, S specifications with estimates b_s in standard deviations of their outcome and claimed
sign g: the median of b_s (two-sided); the share with g b_s > 0; the share with it and p_s < 0.05;
Stouffer's :math:`\sum_s z_s / \sqrt{S}`, z_s the normal score of t_s (two-sided); the smallest p_s,
whose place among the smallest of the draws is the family-wise adjusted p of that specification
(Westfall and Young 1993). Counts are summed as specifications come: no more than a histogram of
estimates is kept of each draw.
"""

import dataclasses

import numpy as np
from scipy import special

from pilotzone.methods.inference.permutations import p_value

STATISTICS = ("median", "share_sign", "share_significant", "stouffer", "smallest_p")
LEVEL = 0.05
# Bins of the estimates, in standard deviations of the outcome; what lies beyond is in the last.
WIDTH, REACH = 0.001, 2.5
BINS = 2 * round(REACH / WIDTH) + 1


@dataclasses.dataclass(eq=False)
class Tally:
    """What is kept of the specifications so far; row 0 is the data, the others are draws.

    Attributes
    ----------
    sign : int
        The claimed one.
    histogram : (R + 1, BINS) int32
    with_sign, significant : (R + 1,)
    scores : (R + 1,), sum of z.
    smallest : (R + 1,), smallest p.
    specifications, undefined : int
        Counted, and those among them that the data or some draw leaves without a t.
    """

    sign: int
    histogram: np.ndarray
    with_sign: np.ndarray
    significant: np.ndarray
    scores: np.ndarray
    smallest: np.ndarray
    specifications: int = 0
    undefined: int = 0

    @classmethod
    def empty(cls, draws: int, sign: int = 1) -> "Tally":
        """Return a tally of nothing, for so many draws beside the data."""
        rows = draws + 1
        counts = (np.zeros(rows, dtype=int) for _ in range(2))
        histogram = np.zeros((rows, BINS), dtype=np.int32)
        return cls(sign, histogram, *counts, np.zeros(rows), np.ones(rows))

    def add(self, estimates: np.ndarray, t: np.ndarray, df: int | None) -> float:
        """Count a specification: estimates and t (R + 1,) of the data and the draws.

        ``df`` of t, None for the normal distribution. A draw without a t has no estimate: it counts
        as zero, with p of one. Returns p of the data.
        """
        missing = ~np.isfinite(t)
        b, t = np.where(missing, 0.0, estimates), np.where(missing, 0.0, t)
        bins = np.clip(np.rint((b + REACH) / WIDTH), 0, BINS - 1).astype(int)
        self.histogram[np.arange(len(b)), bins] += 1
        lower = special.ndtr(-np.abs(t)) if df is None else special.stdtr(df, -np.abs(t))
        lower = np.maximum(lower, np.finfo(float).tiny)
        claimed = b * self.sign > 0
        self.with_sign += claimed
        self.significant += claimed & (2.0 * lower < LEVEL)
        self.scores -= np.sign(t) * special.ndtri(lower)
        np.minimum(self.smallest, 2.0 * lower, out=self.smallest)
        self.specifications += 1
        self.undefined += bool(missing.any())
        return float(2.0 * lower[0])

    def merged(self, other: "Tally") -> "Tally":
        """Return the tally of the specifications of both, of the same draws."""
        return Tally(
            self.sign,
            self.histogram + other.histogram,
            self.with_sign + other.with_sign,
            self.significant + other.significant,
            self.scores + other.scores,
            np.minimum(self.smallest, other.smallest),
            self.specifications + other.specifications,
            self.undefined + other.undefined,
        )

    def quantiles(self, levels: np.ndarray) -> np.ndarray:
        """Return quantiles (R + 1, q) of the estimates of the data and of each draw, to a bin."""
        ranks = np.ceil(levels * self.specifications).clip(1).astype(int)
        # Bins that no draw fills change no rank, and are most of them.
        filled = np.flatnonzero(self.histogram.max(axis=0))
        # Every row counts each specification once, so that one search serves all rows.
        before = self.specifications * np.arange(len(self.histogram))[:, None]
        at = np.searchsorted(self.histogram[:, filled].cumsum(), before + ranks) % len(filled)
        return filled[at] * WIDTH - REACH

    def statistics(self) -> dict[str, np.ndarray]:
        """Return each statistic (R + 1,) of the data and of the draws."""
        s = self.specifications
        return {
            "median": self.quantiles(np.array([0.5]))[:, 0],
            "share_sign": self.with_sign / s,
            "share_significant": self.significant / s,
            "stouffer": self.scores / np.sqrt(s),
            "smallest_p": self.smallest,
        }


def joint_tests(tally: Tally) -> dict[str, tuple[float, float]]:
    """Return value and p of each statistic; p counts the data as one of the draws."""
    found = {}
    for name, values in tally.statistics().items():
        value, drawn = float(values[0]), values[1:]
        if name == "smallest_p":
            # The smaller, the more against the null.
            found[name] = value, float(p_value(-np.log(value), -np.log(drawn)))
        else:
            # Shares are one-sided by what they count.
            found[name] = value, float(p_value(value, drawn))
    return found


def curve(tally: Tally, points: int, level: float = 0.95) -> dict[str, np.ndarray]:
    """Return quantiles (q,) of the estimates of the data, and the band of those of the draws."""
    levels = (np.arange(points) + 0.5) / points
    made = tally.quantiles(levels)
    low, high = np.quantile(made[1:], [(1 - level) / 2, (1 + level) / 2], axis=0)
    return {"level": levels, "estimate": made[0], "low": low, "high": high}
