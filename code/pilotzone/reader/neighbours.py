"""Exhibits of a reader's panel that need a weight matrix."""

from pilotzone.catalogue import Description, Exhibit, Inference, grid
from pilotzone.catalogue.estimators import ESTIMATORS
from pilotzone.catalogue.samples import OWN
from pilotzone.reader import staggered
from pilotzone.reader.plan import Plan

EFFECT_DRAWS = 5_000
# Permutations of Moran's I, of all units and of each.
MORAN_DRAWS, LOCAL_DRAWS = 999, 9_999
SPATIAL = ("sar", "sem", "sdm", "slx", "sdem", "gns")
# Panels on which the corrected dynamic model is tried before its estimates are shown; of more
# units a trial takes minutes.
TRIAL_DRAWS, MOST_TRIED = 500, 100


def exhibits(plan: Plan) -> dict[str, Exhibit]:
    """Return what needs a matrix: autocorrelation, tests, models, spillovers."""
    moran = Description(
        kind="moran",
        baseline=grid(**{**plan.fullest, "outcome": plan.outcomes[0]})[0],
        variables=(*plan.outcomes, plan.treatment),
        matrices=(OWN,),
        draws=MORAN_DRAWS,
        seed=plan.seed,
        options=(("local", OWN), ("local_draws", LOCAL_DRAWS)),
    )
    tests = {**plan.fullest, "weights": OWN, "estimator": "spatial_tests", "role": "diagnostic"}
    return {
        "moran": Exhibit(
            title="Spatial autocorrelation by period",
            title_zh="空间自相关检验",
            describe=moran,
            notes=(
                "Residuals: those of the two-way regression with all controls.",
                *staggered.unweighted(plan, "en"),
            ),
            notes_zh=(
                "残差：含全部控制变量的双向固定效应回归的残差。",
                *staggered.unweighted(plan, "zh"),
            ),
        ),
        "spatial_tests": Exhibit(
            title="Tests of the spatial specification",
            title_zh="空间计量模型设定检验",
            columns=(
                *grid(**tests, effects="two_way", options=(("correction", "lee_yu"),)),
                *grid(**tests, effects="unit"),
            ),
            **staggered.no_weights(plan),
        ),
        "spatial_models": Exhibit(
            title="Spatial lag, spatial error and spatial Durbin models",
            title_zh="空间滞后、空间误差与空间杜宾模型",
            columns=tuple(
                column
                for model in SPATIAL
                for column in grid(
                    **plan.fullest,
                    weights=OWN,
                    estimator=model,
                    inference=_of_effects(model, plan.seed),
                )
            ),
            **staggered.no_weights(plan),
        ),
        "spillovers": _spillovers(plan),
        **({"spatial_dynamic": _dynamic(plan)} if plan.units <= MOST_TRIED else {}),
        **({"spatial_split": _split(plan)} if plan.groups or plan.moderators else {}),
    }


def _spillovers(plan: Plan) -> Exhibit:
    """Return effects of neighbours' treatment, and matrices that are drawn anew."""
    near = {**plan.fullest, "weights": OWN}
    by_unit = {"inference": plan.by_one("crv1")}
    drawn = Inference("matrices", draws=plan.draws, seed=plan.seed)
    matrices = {"inference": drawn, "role": "placebo"}
    compared = {"inference": Inference("permutation", draws=plan.draws, seed=plan.seed)}
    return Exhibit(
        title="Spillovers: neighbours' treatment, clean controls, other matrices",
        title_zh="溢出：邻近个体的处理、未受影响的对照组与其他矩阵",
        columns=(
            *grid(**near, estimator="exposure", effects=("two_way", "unit_trends"), **by_unit),
            *(() if plan.dose else grid(**near, estimator="exposure_split", **by_unit)),
            *(() if plan.dose else grid(**near, estimator="clean_controls", **compared)),
            *grid(**near, estimator=("relabelled_matrices", "random_graphs"), **matrices),
        ),
        layout="list",
        notes=(
            "Matrices drawn anew test the matrix and not the treatment: units relabelled, and for "
            "a matrix of links random graphs in which every unit keeps its number of them.",
            *staggered.unweighted(plan, "en"),
        ),
        notes_zh=(
            "重新抽取的矩阵检验的是矩阵而非处理：个体重新标号；若矩阵为邻接关系，则另用各个体邻居数"
            "不变的随机图。",
            *staggered.unweighted(plan, "zh"),
        ),
    )


def _dynamic(plan: Plan) -> Exhibit:
    drawn = Inference("information", draws=EFFECT_DRAWS, seed=plan.seed)
    options = (("audit_draws", TRIAL_DRAWS), ("audit_seed", plan.seed))
    return Exhibit(
        title="Dynamic spatial Durbin model",
        title_zh="动态空间杜宾模型",
        columns=grid(
            **plan.fullest,
            weights=OWN,
            estimator="dynamic_sdm",
            effects=("two_way", "unit"),
            inference=drawn,
            options=options,
        ),
        layout="list",
        notes=(
            "A column is printed if its estimates are stationary and, in panels simulated with its "
            "matrix, periods and effects, the corrected estimator has a bias below 0.05 and covers "
            "at least 90 %.",
            *staggered.unweighted(plan, "en"),
        ),
        notes_zh=(
            "估计值平稳，且在以其矩阵、期数与固定效应模拟的面板中校正估计量的偏误低于0.05、覆盖率不低"
            "于90%的列方予列出。",
            *staggered.unweighted(plan, "zh"),
        ),
    )


def _split(plan: Plan) -> Exhibit:
    """Return the spatial Durbin model by groups and by moderators."""
    shared = {**plan.fullest, "weights": OWN, "role": "heterogeneity"}
    return Exhibit(
        title="Spatial Durbin model by groups and moderators",
        title_zh="空间杜宾模型：分组与调节效应",
        columns=(
            *(
                column
                for by in plan.groups
                for column in plan.named(
                    grid(**shared, estimator="sdm_groups", options=(("by", by),)), by
                )
            ),
            *(
                column
                for name in plan.moderators
                for column in plan.named(
                    grid(
                        **shared,
                        estimator="sdm_moderation",
                        options=(("moderator", name), ("timing", "initial")),
                    ),
                    name,
                )
            ),
        ),
        layout="list",
        **staggered.no_weights(plan),
    )


def _of_effects(model: str, seed: int) -> Inference:
    """Return the errors of a model; one without spillovers has no effects to draw."""
    drawn = ESTIMATORS[model].draws is None
    return Inference("cluster_pairs", **({"draws": EFFECT_DRAWS, "seed": seed} if drawn else {}))
