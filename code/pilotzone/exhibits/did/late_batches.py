"""Batches 6 and 7 with years behind them: doses on the index to 2024."""

from pilotzone.catalogue import Exhibit, Inference, cut, grid

WILD = Inference("wild_rademacher", draws=9_999, seed=20241231)
PATHS = Inference("permutation", draws=9_999, seed=20241116)
COHORTS = Inference("permutation", draws=999, seed=20241018)
TO_2023 = cut("province_2024", id="to_2023", words=("To 2023", "2023年止"), last_year=2023)
NO_FLAGGED = cut(
    "province_2024",
    id="no_flagged",
    words=("No flagged rows", "剔除存疑观测"),
    without=(("flagged", 1),),
)
NO_MUNICIPALITIES = cut(
    "2020_to_2024",
    id="no_municipalities_2020",
    words=("2020-2024, no municipalities", "2020-2024年，剔除直辖市"),
    without=(("municipality", 1),),
)
# A two-way regression on two years is a long difference: the change on the change of the dose.
AFTER = cut(
    "province_2024",
    id="2021_and_2024",
    words=("2021 and 2024", "2021年与2024年"),
    first_year=2021,
    without=(("year", 2022), ("year", 2023)),
)
BEFORE = cut(
    "province_2024",
    id="2018_and_2021",
    words=("2018 and 2021", "2018年与2021年"),
    first_year=2018,
    last_year=2021,
    without=(("year", 2019), ("year", 2020)),
)
BEFORE_NO_MUNICIPALITIES = cut(
    "province_2024",
    id="no_municipalities_2018",
    words=("2018 and 2021, no municipalities", "2018年与2021年，剔除直辖市"),
    first_year=2018,
    last_year=2021,
    without=(("year", 2019), ("year", 2020), ("municipality", 1)),
)
INDICES = ("nqp_2024", "nqp_2024_no_ecommerce")
DOSES = {"outcome": INDICES, "treatment": ("zone_share", "zone_count")}
BOTH, TRENDS = ("none", "baseline_2024"), ("two_way", "unit_trends")
WHOLE, LATE = "province_2024", "2020_to_2024"
SHOWN = {**DOSES, "diagnostics": ("treatment_only", "municipalities")}
CHECK = {**SHOWN, "role": "robustness"}
CHANGES = {"variant": "first_difference", "options": (("transform", "first_difference"),)}
AHEAD = {"variant": "year_ahead", "options": (("lead", 1),), "role": "diagnostic"}
LATER = {"variant": "later_change", "options": (("lead", 3),), "role": "diagnostic"}
OF_ONE = {"variant": "without_single", "options": (("without_cohort", "single"),)}

EXHIBIT = Exhibit(
    title="Batches 6 and 7: share and number of zones on the index to 2024",
    title_zh="第六、七批综试区：设区占比与数量（指数至2024年）",
    columns=(
        *grid(**SHOWN, controls=BOTH, sample=WHOLE, effects=TRENDS),
        *grid(**SHOWN, controls=BOTH, sample=LATE),
        *grid(**CHECK, sample=LATE, effects=("unit_trends", "size_year")),
        *grid(**CHECK, sample=LATE, effects="period", **CHANGES),
        *grid(**CHECK, sample=AFTER),
        *grid(**DOSES, sample=(BEFORE, BEFORE_NO_MUNICIPALITIES), **LATER),
        *grid(**DOSES, sample=(LATE, NO_MUNICIPALITIES), **AHEAD),
        *grid(**DOSES, sample=WHOLE, inference=(WILD, PATHS), role="diagnostic"),
        *grid(**DOSES, sample=LATE, inference=(WILD, PATHS), role="diagnostic"),
        *grid(**DOSES, sample=NO_MUNICIPALITIES, inference=(WILD, PATHS), role="diagnostic"),
        *grid(**CHECK, sample=(TO_2023, NO_FLAGGED), effects=TRENDS),
        *grid(**CHECK | {"outcome": "nqp_2024_equal"}, sample=(WHOLE, LATE)),
        *grid(
            **CHECK | {"treatment": ("zone_share__same_year", "zone_count__same_year")},
            sample=LATE,
        ),
        *grid(**DOSES, sample=LATE, estimator="leave_one_out", role="robustness"),
        *grid(
            outcome=INDICES,
            treatment="zone_share",
            sample=(WHOLE, LATE),
            estimator="dose_bins",
            role="robustness",
        ),
        *grid(
            outcome=INDICES,
            treatment="zone_first",
            sample=WHOLE,
            estimator="callaway_santanna",
            inference=COHORTS,
            role="robustness",
            **OF_ONE,
        ),
    ),
    layout="list",
    notes=(
        "From 2020 on every province has a zone: nobody is untreated, and no first zone falls into "
        "2021-2024. What batches 6 and 7 (2022) add is a change of the dose among treated "
        "provinces. Group-time effects after 2019, a comparison with untreated provinces and an "
        "effect of a first zone are not identified in these years.",
        "On 2020-2024 the share and the number of zones move through batches 6 and 7 alone. "
        "Effects of earlier zones that still grow are in the comparison, unless they are alike in "
        "all provinces. Batch 6 counts from 2022, batch 7 from 2023; which members of batch 7 were "
        "not checked against the document, data/README.md says.",
        "Two years: the change of the index on the change of the dose. With the dose three years "
        "ahead: the change of 2018-2021 on that of 2021-2024, which it should not know.",
    ),
    notes_zh=(
        "2020年起各省均有综试区：没有未处理省份，2021-2024年亦无首个综试区。第六、七批（2022年）"
        "带来的是已处理省份之间剂量的变化。2019年后的组别-时间效应、与未处理省份的比较以及首个"
        "综试区的效应在这些年份不可识别。",
        "2020-2024年设区占比与数量的变动仅来自第六、七批。此前综试区若仍有递增效应且各省不同，"
        "则进入比较之中。第六批自2022年、第七批自2023年起计；第七批中未与文件核对的成员见"
        "data/README.md。",
        "两年样本：指数变化对剂量变化回归。含三年后的剂量：以2018-2021年的变化对2021-2024年的"
        "剂量变化回归，其系数应为零。",
    ),
)
