"""Columns for a dose, and for the periods in which nobody is untreated, on a reader's panel."""

from pilotzone.catalogue import Exhibit, Figure, Specification, grid
from pilotzone.methods.did.bounded_variation import PATHS
from pilotzone.reader.plan import Plan
from pilotzone.reader.staggered import unweighted

BY_UNIT = {
    "en": "Errors here are by unit: the estimator takes no other cluster.",
    "zh": "此处标准误按个体计算：该估计量不支持其他聚类。",
}


def dynamic(plan: Plan) -> Exhibit:
    """Return effects by periods since the dose first rose, without and with controls."""
    doses = plan.treatments if plan.dose else plan.doses
    return Exhibit(
        title="Dynamic effects of the dose",
        title_zh="剂量的动态效应",
        columns=grid(**{**plan.both, "treatment": doses}, estimator="dose_dynamic"),
        layout="list",
        notes=_notes(plan, "en"),
        notes_zh=_notes(plan, "zh"),
    )


def bounds(plan: Plan) -> Exhibit:
    """Return bounds for the periods in which nobody is untreated."""
    return Exhibit(
        title="Bounds for the mean effect once all units are treated",
        title_zh="全部个体均受处理后平均效应的界",
        columns=tuple(column for path in PATHS for column in _bounded(plan, path)),
        layout="list",
        figure=Figure(kind="bounds", title="Bounds against the change that is allowed"),
        notes=_notes(plan, "en"),
        notes_zh=_notes(plan, "zh"),
    )


def _bounded(plan: Plan, path: str) -> tuple[Specification, ...]:
    options = (("path", path),)
    shared = {**plan.main, "variant": f"path_{path}", "role": "diagnostic", "options": options}
    return grid(**shared, estimator="bounded_variation")


def _notes(plan: Plan, language: str) -> tuple[str, ...]:
    by_unit = (BY_UNIT[language],) if plan.cluster != "unit" else ()
    return (*by_unit, *unweighted(plan, language))
