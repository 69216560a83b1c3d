"""Answers of giddy and inequality on the stored spatial panel, in distribution.csv.

Run in an environment of its own, from this folder: Python 3.11, giddy 2.3.8, inequality 1.1.2,
libpysal 4.14.1. The values are exp(y / 10), so that none is negative;
the regions are the units in three runs of ten.
"""

import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")

from giddy.markov import Markov, Spatial_Markov, homogeneity  # noqa: E402
from inequality.gini import Gini  # noqa: E402
from inequality.theil import Theil, TheilD  # noqa: E402
from libpysal.weights import WSP  # noqa: E402
from scipy import sparse  # noqa: E402

CLASSES = 4
panel = pd.read_csv("spatial_panel.csv")
values = np.exp(panel.pivot(index="unit", columns="year", values="y").to_numpy() / 10)
matrix = np.loadtxt("spatial_weights.csv", delimiter=",")
region = np.repeat([0, 1, 2], 10)
rows = []


def keep(quantity: str, numbers: object) -> None:
    """Store an array cell by cell."""
    for place, number in np.ndenumerate(np.atleast_1d(np.asarray(numbers, dtype=float))):
        rows.append((quantity, " ".join(map(str, place)), number))


last = values[:, -1]
keep("gini", Gini(last).g)
keep("gini_of_means", Gini(np.array([last[region == r].mean() for r in region])).g)
keep("theil", Theil(last).T)
decomposed = TheilD(last, region)
keep("theil_between", decomposed.bg)
keep("theil_within", decomposed.wg)

bounds = np.quantile(values, np.arange(1, CLASSES) / CLASSES)
classes = np.searchsorted(bounds, values, side="left")
chain = Markov(classes, classes=np.arange(CLASSES), summary=False)
keep("counts", chain.transitions)
keep("probabilities", chain.p)
keep("ergodic", chain.steady_state)
spatial = Spatial_Markov(
    values,
    WSP(sparse.csr_matrix(matrix)).to_W(silence_warnings=True),
    k=CLASSES,
    m=CLASSES,
    cutoffs=bounds,
    lag_cutoffs=bounds,
    fixed=True,
)
keep("lag_counts", spatial.T)
for name, table in {
    "lag": list(spatial.T),
    "half": [
        Markov(classes[:, :6], classes=np.arange(CLASSES), summary=False).transitions,
        Markov(classes[:, 5:], classes=np.arange(CLASSES), summary=False).transitions,
    ],
}.items():
    test = homogeneity(table)
    keep(f"{name}:likelihood_ratio", test.LR)
    keep(f"{name}:pearson", test.Q)
    keep(f"{name}:df", test.dof)
    keep(f"{name}:p_likelihood_ratio", test.LR_p_value)
    keep(f"{name}:p_pearson", test.Q_p_value)

table = pd.DataFrame(rows, columns=["quantity", "place", "value"])
table.to_csv("distribution.csv", index=False, lineterminator="\n", float_format="%.12g")
