"""Every combination of coding, timing, index, sample, controls and effects on cities."""

from pilotzone.catalogue import Description, Exhibit, Figure, Lattice

EXHIBIT = Exhibit(
    title="Multiverse of cities: all specifications together, under dealt roll-outs",
    title_zh="城市多重设定：全部设定的联合检验（置换推广路径）",
    describe=Description(
        kind="multiverse",
        lattice=Lattice(
            outcomes=("nqp_city", "nqp_city_digital", "nqp_city_equal", "ln_nqp_city"),
            treatments=(
                *("zone_city", "zone_city__same_year", "zone_city__next_year"),
                *("zone_city__exposure", "zone_city_without_county"),
            ),
            samples=(
                *("balanced", "city", "city_no_batch_5", "city_no_later_zones"),
                *("city_no_service_pilots", "city_no_north_east", "city_no_redrawn"),
                "city_pre_covid",
            ),
            controls=(
                *("finance", "fiscal_share", "fdi_share"),
                *("urbanisation", "ln_population_density"),
            ),
            effects=("two_way", "region_year", "unit_trends", "size_year"),
            staggered=(
                *("callaway_santanna", "imputation", "dose_dynamic"),
                *("interactive_effects", "matrix_completion"),
            ),
        ),
        draws=1_000,
        seed=20280205,
        options=(("within", "region3"),),
    ),
    built_by="bench",
    figure=Figure(kind="multiverse", title="All specifications on cities"),
)
