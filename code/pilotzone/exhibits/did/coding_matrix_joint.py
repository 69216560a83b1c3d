"""The combinations of the coding matrix, tested together."""

from pilotzone.catalogue import Description, Exhibit, Figure, Lattice
from pilotzone.exhibits.did import coding_matrix

CODED = coding_matrix.EXHIBIT.columns

EXHIBIT = Exhibit(
    title="Coding of the treatment, timing, index and sample: all combinations tested together",
    title_zh="处理变量编码、时点、指数与样本：全部组合的联合检验",
    describe=Description(
        kind="multiverse",
        lattice=Lattice(
            outcomes=tuple(dict.fromkeys(column.outcome for column in CODED)),
            treatments=tuple(dict.fromkeys(column.treatment for column in CODED)),
            sets=("none", "baseline"),
            samples=("main", "pre_covid", "no_municipalities"),
        ),
        draws=1_000,
        seed=20280205,
        options=(("within", "region3"),),
    ),
    figure=Figure(kind="multiverse", title="All combinations of the coding matrix"),
)
