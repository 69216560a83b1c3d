"""Every combination of coding, timing, index, sample, controls and effects on provinces."""

from pilotzone.catalogue import Description, Exhibit, Figure, Lattice
from pilotzone.catalogue.treatments import CODINGS, TIMINGS, treatment_id

INDICES = ("by_year", "equal", "frozen", "critic", "topsis", "pca", "shifted", "long")

EXHIBIT = Exhibit(
    title="Multiverse of provinces: all specifications together, under dealt roll-outs",
    title_zh="省级多重设定：全部设定的联合检验（置换推广路径）",
    describe=Description(
        kind="multiverse",
        lattice=Lattice(
            outcomes=(
                *("nqp", "nqp_no_ecommerce", "ln_nqp_no_ecommerce"),
                *(f"nqp_{index}" for index in INDICES),
            ),
            treatments=tuple(treatment_id(c, t) for c in CODINGS for t in TIMINGS),
            samples=("main", "pre_covid", "no_municipalities", "no_service_pilots"),
            controls=(
                *("secondary_share", "openness", "fiscal_share"),
                *("urbanisation", "finance", "ln_population_density"),
            ),
            effects=("two_way", "region_year", "unit_trends"),
            staggered=("callaway_santanna", "imputation", "dose_dynamic"),
        ),
        draws=1_000,
        seed=20280205,
        options=(("within", "region3"),),
    ),
    built_by="bench",
    figure=Figure(kind="multiverse", title="All specifications on provinces"),
)
