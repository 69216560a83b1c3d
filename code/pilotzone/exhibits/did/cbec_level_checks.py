"""What a claim about the level of cross-border e-commerce needs beside its coefficient."""

from pilotzone.catalogue import Exhibit, Inference, grid

PROXY = {
    "outcome": "nqp_no_ecommerce",
    "treatment": "cbec_proxy",
    "controls": "without_openness",
}
ONE = ("treatment_only",)

EXHIBIT = Exhibit(
    title="Level of cross-border e-commerce: few clusters, permuted paths and variants",
    title_zh="跨境电商发展水平的稳健性检验",
    columns=(
        *grid(
            **PROXY,
            inference=Inference("wild_rademacher", draws=9_999, seed=20200427),
            role="diagnostic",
        ),
        *grid(
            **PROXY,
            inference=Inference("permutation", draws=10_000, seed=20220122),
            role="diagnostic",
        ),
        *grid(
            **PROXY,
            effects=("unit_trends", "region_year"),
            diagnostics=ONE,
            role="robustness",
        ),
        *grid(
            **PROXY,
            sample=("no_service_pilots", "from_2014", "to_2018"),
            diagnostics=ONE,
            role="robustness",
        ),
    ),
    layout="list",
    notes=("A level has no date of treatment, so that there are no leads to test.",),
    notes_zh=("发展水平没有处理时点，故无从检验处理前趋势。",),
)
