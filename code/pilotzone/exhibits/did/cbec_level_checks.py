"""What a claim about the level of cross-border e-commerce needs beside its coefficient."""

from pilotzone.catalogue import Exhibit, Inference, grid

WILD = Inference("wild_rademacher", draws=9_999, seed=20200427)
PATHS = Inference("permutation", draws=10_000, seed=20220122)
PROXY = {"outcome": "nqp_no_ecommerce", "treatment": "cbec_proxy", "controls": "without_openness"}
VARIED = {**PROXY, "diagnostics": ("treatment_only",), "role": "robustness"}

EXHIBIT = Exhibit(
    title="Level of cross-border e-commerce: few clusters, permuted paths and variants",
    title_zh="跨境电商发展水平的稳健性检验",
    columns=(
        *grid(**PROXY, inference=(WILD, PATHS), role="diagnostic"),
        *grid(**VARIED, effects=("unit_trends", "region_year")),
        *grid(**VARIED, sample=("no_service_pilots", "from_2014", "to_2018")),
    ),
    layout="list",
    notes=("A level has no date of treatment, so that there are no leads to test.",),
    notes_zh=("发展水平没有处理时点，故无从检验处理前趋势。",),
)
