"""Schemas of the files below ``output/estimates``.

What a file holds follows from its exhibit; a file that is read says by its heading which schema it
has.
"""

import dataclasses

from pilotzone.catalogue import Exhibit
from pilotzone.errors import UserError


@dataclasses.dataclass(frozen=True)
class Schema:
    """Columns of one kind of file.

    Attributes
    ----------
    keys : tuple of str
        Columns that identify a row; text or whole numbers, never empty.
    text, numbers : tuple of str
        The other columns in order of appearance; both may be empty cells.
    order : tuple of str
        All columns as written.
    """

    keys: tuple[str, ...]
    order: tuple[str, ...]
    numbers: tuple[str, ...]


def _schema(keys: str, rest: str, numbers: str) -> Schema:
    return Schema(tuple(keys.split()), (*keys.split(), *rest.split()), tuple(numbers.split()))


ESTIMATES = _schema(
    "exhibit column term",
    "role outcome estimate std_error statistic distribution df p_value ci_low ci_high draws",
    "estimate std_error statistic p_value ci_low ci_high draws",
)
# The documented order puts role and outcome before the term.
ESTIMATES = dataclasses.replace(
    ESTIMATES, order=("exhibit", "column", "role", "outcome", "term", *ESTIMATES.order[5:])
)
MODELS = _schema(
    "exhibit column",
    "estimator sample outcome treatment controls fixed_effects inference weights first_year "
    "last_year nobs n_units n_periods n_clusters n_treated n_dropped r2 r2_within rho loglik "
    "reference seed draws identified reason spec_sha256",
    "first_year last_year nobs n_units n_periods n_clusters n_treated n_dropped r2 r2_within rho "
    "loglik seed draws",
)
# Files of descriptions, and main files of columns with a schema of their own.
SCHEMAS = {
    "estimates": ESTIMATES,
    "goodman_bacon": _schema(
        "outcome comparison treated control", "weight estimate", "weight estimate"
    ),
    "system": _schema("indicator", "element sign formula position", "position"),
    "statistics": _schema("variant year statistic", "value", "year value"),
    "ranks": _schema("variant year province_code", "value rank", "year value rank"),
    "descriptives": _schema(
        "sample variable", "nobs mean sd min median max", "nobs mean sd min median max"
    ),
    "rollout": _schema(
        "timing year", "first_treated treated untreated", "year first_treated treated untreated"
    ),
    "cohorts": _schema(
        "timing cohort", "n_units units last_untreated_year", "cohort n_units last_untreated_year"
    ),
    "group_time": _schema(
        "timing cohort year",
        "n_treated n_controls identified reason",
        "cohort year n_treated n_controls",
    ),
    "design_audit": _schema(
        "design estimator", "truth bias sd size power draws", "truth bias sd size power draws"
    ),
    "moran": _schema("outcome weights year statistic", "value p_value", "year value p_value"),
    "local_moran": _schema(
        "outcome weights year unit",
        "standardised lag value quadrant p_value p_adjusted",
        "year standardised lag value p_value p_adjusted",
    ),
    "weights": _schema("variant indicator", "weight", "weight"),
    "absence": _schema(
        "effects",
        "estimate std_error statistic df p_value nobs share_absent",
        "estimate std_error statistic df p_value nobs share_absent",
    ),
    "sample_flow": _schema(
        "panel sample step", "reason rows units dropped", "step rows units dropped"
    ),
    "claims": _schema(
        "study claim",
        "text unit design exhibit column term estimate std_error p_value ci_low ci_high nobs "
        "wild_p randomisation_p lead_p same_sign significant interaction_p placebo_p "
        "n_robustness not_made verdict",
        "study claim estimate std_error p_value ci_low ci_high nobs wild_p randomisation_p "
        "lead_p same_sign significant interaction_p placebo_p n_robustness",
    ),
    "claim_columns": _schema(
        "study claim position",
        "exhibit column term estimate std_error p_value ci_low ci_high nobs identified reason",
        "study claim position estimate std_error p_value ci_low ci_high nobs",
    ),
    "studies": _schema("study", "authors year unit design", "study year"),
    "inequality": _schema("variant year measure part", "value share", "year value share"),
    "contributions": _schema(
        "variant year measure group other",
        "value within between transvariation share",
        "year value within between transvariation share",
    ),
    "convergence_terms": _schema(
        "variant model term",
        "estimate std_error statistic distribution df p_value ci_low ci_high draws",
        "estimate std_error statistic p_value ci_low ci_high draws",
    ),
    "convergence_fits": _schema(
        "variant model",
        "effects controls inference weights nobs n_units r2_within rho loglik",
        "nobs n_units r2_within rho loglik",
    ),
    "densities": _schema("variant year point", "x density", "year point x density"),
    "shape": _schema(
        "variant year",
        "nobs bandwidth mode height n_modes outside",
        "year nobs bandwidth mode height n_modes outside",
    ),
    "transitions": _schema(
        "variant lag origin destination",
        "transitions probability",
        "origin destination transitions probability",
    ),
    "classes": _schema("variant class", "low high nobs", "class low high nobs"),
    "chains": _schema("variant lag", "transitions identified reason", "transitions"),
    "ergodic": _schema("variant lag class", "share", "class share"),
    "chain_tests": _schema(
        "variant over test distribution",
        "statistic df p_value draws n_cells n_sparse",
        "statistic p_value draws n_cells n_sparse",
    ),
    "coupling": _schema(
        "system province_code year",
        "coupling level degree class",
        "year coupling level degree class",
    ),
    "coupling_levels": _schema("system part province_code year", "value", "year value"),
    "coupling_statistics": _schema("system year statistic", "value", "value"),
    "coupling_indicators": _schema("system part indicator", "sign weight", "weight"),
    "rank_ranges": _schema(
        "base perturbation year province_code",
        "rank lowest median highest n_indices",
        "rank lowest median highest n_indices",
    ),
    "agreement": _schema(
        "base perturbation year member",
        "spearman n_provinces largest_move province_code",
        "spearman n_provinces largest_move",
    ),
    "index_bootstrap": _schema(
        "outcome treatment controls index",
        "estimate std_error mean sd ratio ci_low ci_high draws n_degenerate",
        "estimate std_error mean sd ratio ci_low ci_high draws n_degenerate",
    ),
    "rules": _schema("rule", "bound", "bound"),
    "places": _schema(
        "city_code",
        "lon lat name_en batch first_year county_zone",
        "lon lat batch first_year county_zone",
    ),
}
# Parts that an exhibit with regression columns may have.
PARTS = {
    "models": MODELS,
    "flow": SCHEMAS["sample_flow"],
    "bands": _schema("exhibit column term", "ci_low ci_high critical", "ci_low ci_high critical"),
    "support": _schema("exhibit column term", "cohorts n_units", "n_units"),
    "cells": _schema(
        "exhibit column term",
        "cohort year n_treated n_controls identified reason",
        "cohort year n_treated n_controls",
    ),
    "draws": _schema("exhibit column draw", "coefficient t", "draw coefficient t"),
    "balance": _schema(
        "exhibit column variable",
        "mean_treated mean_before mean_after difference_before difference_after ratio_before "
        "ratio_after",
        "mean_treated mean_before mean_after difference_before difference_after ratio_before "
        "ratio_after",
    ),
    "pairs": _schema("exhibit column treated control", "weight distance", "weight distance"),
    "simulation": _schema(
        "exhibit column design term",
        "truth bias_before bias coverage_before coverage draws",
        "truth bias_before bias coverage_before coverage draws",
    ),
    "responses": _schema(
        "exhibit column part horizon", "estimate ci_low ci_high", "horizon estimate ci_low ci_high"
    ),
    "matrices": _schema("exhibit column draw", "rho indirect", "draw rho indirect"),
    "left_out": _schema(
        "exhibit column left_out",
        "estimate std_error p_value ci_low ci_high",
        "estimate std_error p_value ci_low ci_high",
    ),
    "intervals": _schema("exhibit column restriction m", "ci_low ci_high", "m ci_low ci_high"),
    "marginal": _schema(
        "exhibit column moderator", "estimate ci_low ci_high", "moderator estimate ci_low ci_high"
    ),
    "rings": _schema("exhibit column ring", "n_rows n_units", "n_rows n_units"),
    "years": _schema(
        "exhibit column group year",
        "n_units density degree closeness betweenness",
        "year n_units density degree closeness betweenness",
    ),
    "horizons": _schema(
        "exhibit column horizon",
        "nobs n_units first_year last_year bandwidth",
        "horizon nobs n_units first_year last_year bandwidth",
    ),
    "small_sample": _schema(
        "exhibit column horizon",
        "truth bias sd mean_error coverage draws",
        "horizon truth bias sd mean_error coverage draws",
    ),
    "causality": _schema("exhibit column unit", "wald p_value", "wald p_value"),
    "instruments": _schema(
        "exhibit column instrument",
        "excluded_from first_stage_of coefficient std_error p_value",
        "coefficient std_error p_value",
    ),
}


def schema(exhibit: Exhibit, part: str) -> Schema:
    """Return the schema of a file of an exhibit; the main one is part ''.

    Raises
    ------
    UserError
        If no such part is declared.
    """
    if exhibit.describe:
        declared = exhibit.describe.record.parts
        if part not in declared:
            raise UserError(
                f"a description '{exhibit.describe.kind}' has no part '{part}'; declare it in "
                f"catalogue/descriptions.py (known: {', '.join(filter(None, declared))})"
            )
        return SCHEMAS[declared[part]]
    if part:
        if part not in PARTS:
            raise UserError(
                f"no schema for the part '{part}'; add one to PARTS of estimates/schemas.py "
                f"(known: {', '.join(PARTS)})"
            )
        return PARTS[part]
    mains = {column.method.main for column in exhibit.columns}
    if len(mains) > 1:
        raise UserError(f"columns of one exhibit write files of kinds {', '.join(sorted(mains))}")
    return SCHEMAS[mains.pop()]


_BY_HEADING = {one.order: one for one in (*SCHEMAS.values(), *PARTS.values())}


def schema_of(heading: tuple[str, ...], path: object) -> Schema:
    """Return the schema that has a heading.

    Raises
    ------
    UserError
        If none has it.
    """
    if heading not in _BY_HEADING:
        raise UserError(f"{path}: columns are {', '.join(heading)}; no file of estimates has these")
    return _BY_HEADING[heading]
