"""Kinds of inference: how the error of a column, or its p-value, is made."""

import dataclasses
from collections.abc import Mapping

from pilotzone.catalogue.names import known
from pilotzone.catalogue.options import Option
from pilotzone.errors import UserError

Words = tuple[str, str]
UNIT = "unit"
# Joins two clusters that cross, as it joins sets of effects.
CROSSED = "+"


@dataclasses.dataclass(frozen=True)
class InferenceKind:
    """What a kind of inference needs, and what the models file says where it was computed.

    Attributes
    ----------
    words : pair of str
        Name in a line of a table.
    computed : str
        What stands in ``inference`` of the models file; ``{cluster}`` is the declared cluster.
    above : str
        The same where clusters are coarser than units; empty if it takes units alone.
    clusters : bool
        Whether it takes a cluster.
    crossed : bool
        Whether it takes two clusters that cross.
    draws : bool
        Whether it draws, so that draws and a seed must be declared.
    parameters : mapping
        What a function is told that serves several kinds.
    function : str
        ``module:function`` below ``pilotzone.engine`` that makes the treatment's row of a linear
        regression; the estimator itself if empty.
    options : mapping from name to Option
    caution : str
        What is said of every term that it judges where the data carry too little: the code of a
        rule in ``engine/cautions.py``.
    """

    words: Words
    computed: str
    above: str = ""
    clusters: bool = True
    crossed: bool = False
    draws: bool = False
    parameters: Mapping[str, object] = dataclasses.field(default_factory=dict)
    function: str = ""
    options: Mapping[str, Option] = dataclasses.field(default_factory=dict)
    caution: str = ""


# Its t or normal distribution needs clusters, or periods.
CLUSTERS, PERIODS = {"caution": "few_clusters"}, {"caution": "few_periods"}


def _any_cluster(words: Words, name: str, **fields: object) -> InferenceKind:
    return InferenceKind(words, f"{name}:{{cluster}}", f"{name}:{{cluster}}", **fields)


def _wild(words: Words, **parameters: str) -> InferenceKind:
    name, function = "_".join(("wild", *parameters.values())), "inference.wild:by_wild_bootstrap"
    # What stands beside the row that it makes has errors by the same clusters.
    further = {"parameters": parameters, "function": function, **CLUSTERS}
    return _any_cluster(words, name, draws=True, **further)


def _without_clusters(words: Words, computed: str, **fields: object) -> InferenceKind:
    return InferenceKind(words, computed, clusters=False, **fields)


INFERENCES: dict[str, InferenceKind] = {
    "crv1": _any_cluster(
        ("Clusters by {cluster} (CRV1)", "{cluster}聚类(CRV1)"), "crv1", crossed=True, **CLUSTERS
    ),
    "crv3": _any_cluster(
        ("Jackknife by {cluster} (CRV3)", "{cluster}刀切(CRV3)"), "crv3", **CLUSTERS
    ),
    "wild_rademacher": _wild(
        ("Wild cluster bootstrap, Rademacher", "野聚类自助(Rademacher)"), weights="rademacher"
    ),
    "wild_webb": _wild(("Wild cluster bootstrap, Webb", "野聚类自助(Webb)"), weights="webb"),
    "wild_subcluster": _wild(
        ("Wild subcluster bootstrap", "野子聚类自助"),
        weights="rademacher",
        subcluster="unit#period",
    ),
    "permutation": _any_cluster(
        ("Randomisation of treatment paths", "处理路径随机化"),
        "permutation",
        draws=True,
        function="inference.paths:by_randomisation",
        # A column in whose groups paths are permuted.
        options={"within": Option(str, "none")},
    ),
    "permutation_groups": InferenceKind(
        ("Randomisation of the paths of clusters", "按聚类的处理路径随机化"),
        "",
        "permutation_groups:{cluster}",
        draws=True,
        function="inference.paths:by_randomisation",
    ),
    **{
        f"driscoll_kraay_{lags}": _without_clusters(
            (f"Driscoll-Kraay, lag {lags} (T = 10)", f"Driscoll-Kraay(滞后{lags}期)"),
            f"driscoll_kraay:lag{lags}",
            parameters={"lags": lags},
            function="inference.hac:by_driscoll_kraay",
            **PERIODS,
        )
        for lags in (1, 2, 3)
    },
    "driscoll_kraay_by_horizon": _without_clusters(
        ("Driscoll-Kraay errors", "Driscoll-Kraay标准误"), "driscoll_kraay:horizon", **PERIODS
    ),
    **{
        f"conley_{km}": _without_clusters(
            (f"Conley, {km:,} km", f"Conley({km}公里)"),
            f"conley:{km}km",
            parameters={"cutoff_km": km},
            function="inference.hac:by_conley",
        )
        for km in (100, 200, 300, 500, 1000, 1500)
    },
    "influence": InferenceKind(
        ("Influence functions", "影响函数"),
        "influence:{cluster}",
        "influence_sums:{cluster}",
        **CLUSTERS,
    ),
    "influence_t": InferenceKind(
        ("Influence functions, t", "影响函数(t分布)"), "influence_t:{cluster}", **CLUSTERS
    ),
    "multiplier": InferenceKind(
        ("Influence functions, bands by multipliers", "影响函数(乘数自助带)"),
        "influence:{cluster}",
        "influence_sums:{cluster}",
        draws=True,
        **CLUSTERS,
    ),
    "bootstrap": InferenceKind(
        ("Bootstrap of units", "个体自助"),
        "bootstrap:{cluster}",
        "bootstrap_clusters:{cluster}",
        draws=True,
    ),
    "bootstrap_normal": InferenceKind(
        ("Bootstrap of units", "个体自助"), "bootstrap_normal:{cluster}", draws=True
    ),
    "placebo": InferenceKind(("Placebo units", "安慰剂个体"), "placebo:{cluster}", draws=True),
    "jackknife": InferenceKind(("Jackknife of units", "个体刀切"), "jackknife:{cluster}"),
    "placebo_jackknife": InferenceKind(
        ("Placebo units or jackknife, the larger", "安慰剂个体与刀切法较大者"),
        "placebo_jackknife:{cluster}",
        draws=True,
    ),
    "dyadic": InferenceKind(("Dyadic-robust", "城市对稳健"), "dyadic:{cluster}"),
    "split_panel": InferenceKind(
        ("Clusters, split-panel weights", "聚类(分割面板权重)"),
        "split_panel:{cluster}",
        **CLUSTERS,
    ),
    # Errors of effects are simulated where draws are declared, else by the delta method.
    "cluster_pairs": InferenceKind(
        ("Clusters by unit, with pairs", "按个体聚类(含个体对)"), "cluster_pairs:{cluster}"
    ),
    "information": _without_clusters(("Information matrix", "信息矩阵"), "information"),
    "wild_paths": InferenceKind(
        ("Wild bootstrap of residual paths", "残差路径野自助"), "wild_paths:{cluster}", draws=True
    ),
    "chi2": _without_clusters(("Chi-squared", "卡方检验"), "chi2"),
    "matrices": _without_clusters(
        ("Matrices drawn anew", "重新抽取的矩阵"), "matrices:weights", draws=True
    ),
    "non_causality": _without_clusters(
        ("Panels without causality", "无因果面板"), "non_causality", draws=True
    ),
    "least_favourable": InferenceKind(
        ("Largest of the bins, least favourable null", "各区间最大值，最不利原假设"),
        "least_favourable:{cluster}",
        draws=True,
    ),
    "conformal": _without_clusters(
        ("Conformal, moving blocks of years", "保形推断(年份移动区块)"), "conformal"
    ),
    "none": _without_clusters(("None", "无"), "none"),
}


@dataclasses.dataclass(frozen=True)
class Inference:
    """How a column's errors are made.

    Attributes
    ----------
    name : str
        A key of :data:`INFERENCES`; the estimator's first kind if empty.
    cluster : str
        ``unit`` or a column of the panel, or two that cross, joined by '+'; empty where the kind
        has no clusters.
    draws, seed : int or None
        Both where something is drawn, else neither.
    """

    name: str = ""
    cluster: str = ""
    draws: int | None = None
    seed: int | None = None

    @property
    def kind(self) -> InferenceKind:
        """The record behind the name."""
        return INFERENCES[self.name]

    @property
    def computed(self) -> str:
        """What the models file must say of a column that was computed as declared."""
        above = self.cluster not in ("", UNIT)
        return (self.kind.above if above else self.kind.computed).format(cluster=self.cluster)

    @property
    def id(self) -> str:
        """Name in the id of a column."""
        return self.name if self.cluster in ("", UNIT) else f"{self.name}_by_{self.cluster}"


def completed(given: object, kinds: tuple[str, ...], drawing: bool | None, where: str) -> Inference:
    """Return what a column declares, with the defaults of its estimator.

    Parameters
    ----------
    given : Inference or str
    kinds : tuple of str
        What the estimator takes, the first by default.
    drawing : bool or None
        Whether the estimator draws whatever its inference; None if it does where draws and a seed
        are declared.
    where : str
        Begins every complaint.

    Raises
    ------
    UserError
        If the kind is unknown or not the estimator's, a cluster does not fit it, or draws and seed
        are not declared as it needs them.
    """
    one = Inference(given) if isinstance(given, str) else given
    if not isinstance(one, Inference):
        raise UserError(f"{where}inference {given!r}: give a name or Inference(name, …)")
    name = one.name or kinds[0]
    known("inference", name, INFERENCES, where)
    if name not in kinds:
        known("inference", name, kinds, where + "this estimator does not compute it: ")
    kind = INFERENCES[name]
    cluster = one.cluster or (UNIT if kind.clusters and kind.computed else "")
    _check_cluster(name, cluster, kind, where)
    if drawing is None:
        drawing = (one.draws, one.seed) != (None, None)
    _check_draws(name, one, kind.draws or drawing, where)
    return Inference(name, cluster, one.draws, one.seed)


def _check_cluster(name: str, cluster: object, kind: InferenceKind, where: str) -> None:
    if not isinstance(cluster, str):
        raise UserError(f"{where}cluster {cluster!r}: give 'unit' or a column of the panel")
    if cluster and not kind.clusters:
        raise UserError(f"{where}inference '{name}' has no clusters; leave out '{cluster}'")
    if cluster not in ("", UNIT) and not kind.above:
        raise UserError(f"{where}inference '{name}' takes units as clusters, not '{cluster}'")
    if cluster in ("", UNIT) and kind.clusters and not kind.computed:
        raise UserError(f"{where}inference '{name}' needs a cluster above the unit")
    if CROSSED in cluster:
        _check_crossed(name, crossing(cluster), kind, where)


def crossing(cluster: str) -> tuple[str, ...]:
    """Return the columns of a declared cluster: one, or two that cross."""
    return tuple(cluster.split(CROSSED))


def _check_crossed(name: str, columns: tuple[str, ...], kind: InferenceKind, where: str) -> None:
    if not kind.crossed:
        able = ", ".join(one for one, record in INFERENCES.items() if record.crossed)
        raise UserError(
            f"{where}inference '{name}' takes one cluster, not '{CROSSED.join(columns)}'; "
            f"those that take two: {able}"
        )
    if len(columns) != 2 or len(set(columns)) != 2 or not all(columns):
        raise UserError(
            f"{where}cluster '{CROSSED.join(columns)}': give one column, or two different ones "
            f"joined by '{CROSSED}'"
        )


def _check_draws(name: str, one: Inference, drawn: bool, where: str) -> None:
    for field in ("draws", "seed"):
        value = getattr(one, field)
        if value is None and drawn:
            raise UserError(f"{where}inference '{name}' draws here: name draws and a seed")
        if value is not None and not drawn:
            raise UserError(f"{where}inference '{name}' draws nothing here; leave out {field}")
        if drawn:
            check_count(field, value, where)


def check_count(field: str, value: object, where: str) -> None:
    """Refuse a number of draws, or a seed, that is none.

    Raises
    ------
    UserError
        Names the field and what it takes.
    """
    least = 1 if field == "draws" else 0
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise UserError(f"{where}{field} is {value!r}; give a whole number of at least {least}")
