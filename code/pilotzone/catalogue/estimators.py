"""Estimators: the function behind a name, and what a column may tell it.

A function takes the rows of a column and the store of built panels and gives back estimate rows
and the fields of the model row (``engine.design``).
"""

from pilotzone.catalogue import takes
from pilotzone.catalogue.estimator import Estimator, Words
from pilotzone.catalogue.options import Option


def _made(words: Words, function: str, *inferences: str, **fields: object) -> Estimator:
    kinds = {"inferences": inferences} if inferences else {}
    return Estimator(words=words, function=function, **kinds, **fields)


def _linear(words: Words, function: str, **fields: object) -> Estimator:
    return _made(words, function, **({"effects": takes.ANY} | fields))


def _staggered(words: Words, function: str, *inferences: str, **fields: object) -> Estimator:
    """Return an estimator of cells by cohort and year, whose cohorts can be permuted."""
    options = {**takes.WITHOUT, **fields.pop("options", {})}
    kinds = (*inferences, "permutation")
    return _made(words, function, *kinds, options=options, row_weights=True, **fields)


def _callaway(en: str, zh: str, function: str) -> Estimator:
    """Return an estimator that compares means, or with controls is doubly robust."""
    kinds = ("influence", "multiplier")
    options = {**takes.BASE, **takes.EARLY, **takes.ANTICIPATION}
    return _staggered((en, zh), function, *kinds, options=options)


def _spatial(words: Words, function: str, *inferences: str, **fields: object) -> Estimator:
    options = {**takes.MATRIX, **fields.pop("options", {})}
    return _made(words, function, *inferences, weights=True, options=options, **fields)


def _durbin(words: Words, function: str, *inferences: str, **fields: object) -> Estimator:
    """Return a spatial estimator by maximum likelihood, with or without correction."""
    given = {"effects": takes.PLAIN, "draws": None, **fields}
    given["options"] = {**fields.get("options", {}), "correction": takes.CORRECTION}
    return _spatial(words, function, *(inferences or takes.SPATIAL_INFERENCE), **given)


def _likelihood(en: str, zh: str, **fields: object) -> Estimator:
    function, kinds = "likelihood:maximum_likelihood", (*takes.SPATIAL_INFERENCE, *takes.RESAMPLED)
    return _durbin((en, zh), function, *kinds, diagnostics=takes.DIAGNOSTICS, **fields)


def _matched(words: Words, function: str) -> Estimator:
    return _made(words, function, options=takes.COVARIATES)


def _placebo(words: Words, function: str) -> Estimator:
    return _linear(words, function, options=takes.DEALT_TO, draws=True, row_weights=True)


def _projection(words: Words, function: str, *inferences: str) -> Estimator:
    options = {"lags": Option(int), "horizons": Option(int)}
    return _made(words, function, *inferences, options=options, draws=True, above=False)


def _factors(words: Words, function: str, **options: Option) -> Estimator:
    """Return an estimator beside factors of untreated cells, chosen by cross-validation."""
    common = {
        "folds": Option(int, 5, least=2),
        "fold_seed": Option(int, 20170107, least=0),
        "placebo": Option(int, 1, least=0),
        **takes.AUDIT,
        "audit_draws": Option(int, 200, least=0),
    }
    return _made(
        words,
        function,
        *("bootstrap_normal", "jackknife"),
        controls=False,
        options={**options, **common, **takes.WITHOUT},
        above=False,
    )


ESTIMATORS: dict[str, Estimator] = {
    "twfe": _linear(
        ("Two-way fixed effects", "双向固定效应"),
        "regression:two_way",
        inferences=takes.LINEAR_INFERENCE,
        options={"transform": takes.TRANSFORM, **takes.EARLY, "lead": Option(int, 0, least=0)},
        diagnostics=(*takes.DIAGNOSTICS, "effective_clusters", "scale"),
        **takes.ROWS,
    ),
    "centralities": _linear(
        ("Two-way fixed effects", "双向固定效应"),
        "network:centralities",
        diagnostics=takes.TREATMENT_ONLY,
    ),
    "heterogeneity": _linear(
        ("Two-way, by group", "双向固定效应(分组)"),
        "groups:heterogeneity",
        effects=(*takes.ANY, "group_year"),
        options={**takes.GROUPS, "units_per_cohort": Option(int, 0)},
        **takes.ROWS,
    ),
    "long_difference": _made(
        ("Change from the last year before, by group", "处理前一年起的变化(分组)"),
        "long_difference:long_difference",
        *("influence_t", "permutation"),
        controls=False,
        effects=("group_year", "two_way", "unit_trends", "size_year"),
        options={
            **takes.GROUPS,
            **takes.EARLY,
            "units_per_cohort": Option(int, 10),
            "years": Option(str, "mean", ("mean", "last")),
        },
        above=False,
    ),
    "moderation": _linear(
        ("Two-way, with moderator", "双向固定效应(调节)"),
        "moderation:moderation",
        inferences=("crv1", "permutation"),
        effects=(*takes.ANY, "moderator_year"),
        options={**takes.MODERATOR, **takes.EARLY},
    ),
    "dose_bins": _linear(
        ("Two-way, bins of the dose", "双向固定效应(剂量分组)"), "doses:dose_bins", **takes.ROWS
    ),
    "leave_one_out": _linear(
        ("Without each unit in turn", "逐一剔除个体"), "left_out:leave_one_out"
    ),
    "mediation": _made(
        ("Three-step mediation", "三步中介法"),
        "mediation:three_steps",
        "bootstrap",
        options={"mediator": Option(str)},
    ),
    "event_study": _linear(
        ("Two-way event study, binned ends", "事件研究(两端合并)"),
        "event:binned",
        inferences=takes.WILD,
        effects=takes.WITH_BOTH,
        options={"window": Option(str, "-4 4")},
        draws=True,
        **takes.ROWS,
    ),
    "event_study_unbinned": _linear(
        ("Two-way event study, all times", "事件研究(不合并)"),
        "event:unbinned",
        inferences=takes.WILD,
        effects=takes.WITH_BOTH,
        options={"reference_cohort": Option(int, 0)},
        draws=True,
        **takes.ROWS,
    ),
    "honest_did": _linear(
        ("Event study of one cohort", "单一队列事件研究"),
        "honest:honest",
        effects=takes.WITH_BOTH,
        **takes.ROWS,
    ),
    "fake_rollout": _placebo(
        ("Random units in random years", "随机个体与年份"), "placebo:fake_rollout"
    ),
    "permuted_paths": _placebo(
        ("Treatment paths permuted", "处理路径置换"), "placebo:permuted_paths"
    ),
    "goodman_bacon": _made(
        ("Goodman-Bacon decomposition", "Goodman-Bacon分解"),
        "decomposition:goodman_bacon",
        "none",
        controls=False,
        main="goodman_bacon",
    ),
    "negative_weights": _made(
        ("Weights of the two-way estimate", "双向固定效应权重"),
        "decomposition:negative_weights",
        "none",
        controls=False,
    ),
    "callaway_santanna": _callaway(
        "Callaway-Sant'Anna, not yet treated", "Callaway-Sant'Anna(尚未处理)", "callaway:callaway"
    ),
    "callaway_santanna_never": _callaway(
        "Callaway-Sant'Anna, never treated",
        "Callaway-Sant'Anna(从未处理)",
        "callaway:callaway_never",
    ),
    "sun_abraham": _staggered(("Sun-Abraham", "Sun-Abraham"), "saturated:sun", "crv1"),
    "imputation": _staggered(
        ("Imputation (Borusyak-Jaravel-Spiess)", "插补法(BJS)"),
        "imputed:borusyak",
        "influence",
        effects=takes.IMPUTED,
        options=takes.EARLY,
    ),
    "two_stage": _staggered(
        ("Two-stage (Gardner)", "两阶段(Gardner)"),
        "imputed:two_stage",
        "influence",
        effects=takes.IMPUTED,
    ),
    "extended_twfe": _staggered(
        ("Extended two-way (Wooldridge)", "扩展双向固定效应(Wooldridge)"),
        "saturated:wooldridge",
        *takes.WILD,
    ),
    "bounded_variation": _made(
        ("Bounds once nobody is untreated", "无未处理个体后的界"),
        "bounded:bounded_variation",
        "jackknife",
        controls=False,
        options={
            "path": Option(str, "level", ("level", "drift")),
            **takes.AUDIT,
        },
        above=False,
    ),
    "dose_dynamic": _made(
        ("Dynamic effects of the dose (DID_l)", "剂量的动态效应(DID_l)"),
        "dose_effects:dose_dynamic",
        "influence_t",
        options={
            "effects": Option(int, 0, least=0),
            "placebos": Option(int, 0, least=0),
            **takes.AUDIT,
        },
        above=False,
    ),
    "interactive_effects": _factors(
        ("Interactive fixed effects", "交互固定效应"),
        "factors:interactive",
        rank=Option((int, str), "cv"),
        max_rank=Option(int, 3, least=0),
    ),
    "matrix_completion": _factors(
        ("Matrix completion", "矩阵补全"),
        "factors:completion",
        penalty=Option((float, int, str), "cv"),
    ),
    "stacked": _made(
        ("Stacked regression", "堆叠回归"),
        "stacked:stack",
        options={"window": Option(str, "none")},
        row_weights=True,
    ),
    "synthetic_did": _made(
        ("Synthetic DID", "合成双重差分"),
        "synthetic:synthetic",
        *("placebo_jackknife", "placebo", "jackknife"),
        controls=False,
    ),
    "synthetic_control": _made(
        ("Synthetic control, unit by unit", "合成控制(逐个体)"),
        "synthetic_controls:synthetic_controls",
        "conformal",
        controls=False,
        options={
            "cohorts": Option(str, "all"),
            "demeaned": Option(str, "no", ("no", "yes")),
        },
    ),
    "poisson": _linear(
        ("Poisson (PPML)", "泊松(PPML)"), "forms:poisson", diagnostics=takes.TREATMENT_ONLY
    ),
    "forms": _linear(("Level, log and Poisson", "水平值、对数与泊松"), "forms:forms"),
    "form_test": _made(
        ("Does the form matter (Roth-Sant'Anna)", "函数形式检验(Roth-Sant'Anna)"),
        "forms:form_test",
        "least_favourable",
        controls=False,
        options={"bins": Option(int, 5, least=2)},
        above=False,
    ),
    "psm_nearest": _matched(("Nearest neighbour on the score", "最近邻匹配"), "matched:nearest"),
    "psm_kernel": _matched(("Kernel on the score", "核匹配"), "matched:kernel"),
    "entropy_balancing": _matched(("Entropy balancing", "熵平衡"), "matched:entropy"),
    "sar": _likelihood("Spatial lag (SAR)", "空间滞后(SAR)"),
    # A model of the error has no spillovers to simulate.
    "sem": _likelihood("Spatial error (SEM)", "空间误差(SEM)", draws=False),
    "sdm": _likelihood("Spatial Durbin (SDM)", "空间杜宾(SDM)"),
    "slx": _likelihood("Spatial lag of X (SLX)", "自变量空间滞后(SLX)"),
    "sdem": _likelihood("Spatial Durbin error (SDEM)", "空间杜宾误差(SDEM)"),
    "gns": _likelihood("General nesting (GNS)", "广义嵌套(GNS)"),
    "sdm_groups": _durbin(
        ("Spatial Durbin, by group", "空间杜宾(分组)"), "durbin:by_group", options=takes.GROUPS
    ),
    "sdm_moderation": _durbin(
        ("Spatial Durbin, with moderator", "空间杜宾(调节)"),
        "durbin:moderated",
        options=takes.MODERATOR,
    ),
    "dynamic_sdm": _spatial(
        ("Dynamic spatial Durbin", "动态空间杜宾"),
        "dynamic_space:dynamic_durbin",
        "information",
        effects=("unit", "two_way"),
        options={"audit_draws": Option(int, 2_000), "audit_seed": Option(int, 20250307)},
        draws=True,
    ),
    "spatial_tests": _spatial(
        ("Specification tests", "模型设定检验"),
        "spatial_tests:tests",
        "chi2",
        effects=("two_way", "unit", "unit_trends"),
        options={"correction": takes.CORRECTION},
        draws=None,
    ),
    "relabelled_matrices": _spatial(
        ("Relabelled matrices", "矩阵重新标号"),
        "drawn_matrices:relabelled",
        "matrices",
        effects=takes.PLAIN,
    ),
    "random_graphs": _spatial(
        ("Random graphs, same degrees", "同度随机图"),
        "drawn_matrices:random_graphs",
        "matrices",
        effects=takes.PLAIN,
    ),
    "exposure_split": _spatial(
        ("Exposure of treated and untreated apart", "处理组与未处理组的暴露"),
        "spillover:exposure_split",
        "crv1",
    ),
    "exposure": _spatial(
        ("Two-way, with exposure to neighbours", "双向固定效应(含邻近个体的处理)"),
        "spillover:exposure",
        "crv1",
        effects=takes.ANY,
        options={
            **takes.EARLY,
            "lead": Option(int, 0, (0, 1, 2)),
            "among": Option(str, "all", ("all", "never_treated")),
        },
    ),
    "clean_controls": _spatial(
        ("Against clean controls", "与未受影响的对照组比较"),
        "spillover:clean_controls",
        "permutation",
        options={"rings_km": Option(str, "none")},
        above=False,
    ),
    "rings": _linear(
        ("Rings of distance to the nearest zone", "距最近综试区的距离环"),
        "rings:rings",
        effects=takes.WITH_UNITS,
        options={"rings_km": Option(str)},
    ),
    "exposure_net": _linear(
        ("Net of exposure to other zones", "剔除其他综试区暴露"),
        "rings:exposure_net",
        effects=takes.WITH_UNITS,
        options={"near_km": Option(float)},
    ),
    "pairs": _made(
        ("Pairs of cities, pair and year effects", "城市对，城市对与年份固定效应"),
        "network:pairs",
        "dyadic",
        controls=False,
        options={
            "of": Option(str, choices=("gravity", "mass_sum", "frozen_masses", "link")),
            "in_time": Option(int, 0),
        },
    ),
    "local_projection": _projection(
        ("Local projection", "局部投影"),
        "projections:local_projection",
        *("crv1", "driscoll_kraay_by_horizon"),
    ),
    "local_projection_jackknife": _projection(
        ("Local projection, split-panel jackknife", "局部投影(分割面板刀切)"),
        "projections:local_projection",
        "split_panel",
    ),
    "non_causality": _made(
        ("Non-causality (Dumitrescu-Hurlin)", "非因果检验(Dumitrescu-Hurlin)"),
        "causality:non_causality",
        "non_causality",
        controls=False,
        effects=("unit", "two_way"),
        options={"lags": Option(int)},
    ),
    "three_stage": _made(
        ("Two equations by three-stage least squares", "联立方程三阶段最小二乘"),
        "three_stage:three_stage",
        "crv1",
        options={"own": Option(str), "excluded": Option(str)},
    ),
}
