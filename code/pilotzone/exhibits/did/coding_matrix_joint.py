"""The combinations of the coding matrix, tested together."""

from pilotzone.catalogue import Description, Exhibit, Figure, Lattice
from pilotzone.catalogue.treatments import CODINGS, TIMINGS, treatment_id

INDICES = ("by_year", "equal", "frozen", "critic", "topsis", "pca", "shifted", "long")

EXHIBIT = Exhibit(
    title="Coding of the treatment, timing, index and sample: all combinations tested together",
    title_zh="处理变量编码、时点、指数与样本：全部组合的联合检验",
    describe=Description(
        kind="multiverse",
        lattice=Lattice(
            outcomes=("nqp", "nqp_no_ecommerce", *(f"nqp_{index}" for index in INDICES)),
            treatments=tuple(treatment_id(c, t) for c in CODINGS for t in TIMINGS),
            sets=("none", "baseline"),
            samples=("main", "pre_covid", "no_municipalities"),
        ),
        draws=1_000,
        seed=20280205,
        options=(("within", "region3"),),
    ),
    figure=Figure(kind="multiverse", title="All combinations of the coding matrix"),
)
