"""Coding, timing, index variant and sample: on what the sign depends."""

from pilotzone.catalogue import Exhibit, Figure, grid
from pilotzone.catalogue.treatments import CODINGS, TIMINGS, treatment_id

INDICES = ("by_year", "equal", "frozen", "critic", "topsis", "pca", "shifted", "long")

EXHIBIT = Exhibit(
    title="Coding of the treatment, timing, index and sample: the coefficient in all combinations",
    title_zh="处理变量编码、时点、指数与样本的全组合结果",
    columns=grid(
        outcome=("nqp", "nqp_no_ecommerce", *(f"nqp_{index}" for index in INDICES)),
        treatment=tuple(treatment_id(c, t) for c in CODINGS for t in TIMINGS),
        controls=("none", "baseline"),
        sample=("main", "pre_covid", "no_municipalities"),
        role="robustness",
        diagnostics=("treatment_only",),
    ),
    layout="summary",
    figure=Figure(kind="specification_curve", title="The coefficient in all combinations"),
)
