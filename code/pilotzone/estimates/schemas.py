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
    order : tuple of str
        All columns as written.
    numbers : tuple of str
        Those that hold numbers; any cell that is no key may be empty.
    """

    keys: tuple[str, ...]
    order: tuple[str, ...]
    numbers: tuple[str, ...]


def _schema(columns: str) -> Schema:
    """Return a schema from ``keys | other columns``, numbers with a ``#`` behind the name."""
    keys, others = (part.split() for part in columns.split("|"))
    numbers = (name[:-1] for name in (*keys, *others) if name.endswith("#"))
    plain = columns.replace("#", "").replace("|", "")
    return Schema(tuple(plain.split()[: len(keys)]), tuple(plain.split()), tuple(numbers))


def _schemas(first: str = "", /, **files: str) -> dict[str, Schema]:
    return {name: _schema(f"{first} {columns}") for name, columns in files.items()}


ESTIMATES = _schema(
    "exhibit column term | role outcome estimate# std_error# statistic# distribution df p_value# "
    "ci_low# ci_high# draws#"
)
# The documented order puts role and outcome before the term.
ESTIMATES = dataclasses.replace(
    ESTIMATES, order=("exhibit", "column", "role", "outcome", "term", *ESTIMATES.order[5:])
)
MODELS = _schema(
    "exhibit column | estimator sample outcome treatment controls fixed_effects inference "
    "weights first_year# last_year# nobs# n_units# n_periods# n_clusters# n_treated# n_dropped# "
    "outcome_mean# r2# r2_within# rho# loglik# reference seed# draws# identified reason spec_sha256"
)
# Files of descriptions, and main files of columns with a schema of their own.
SCHEMAS = {"estimates": ESTIMATES} | _schemas(
    goodman_bacon="outcome comparison treated control | weight# estimate#",
    system="indicator | element sign formula position#",
    statistics="variant year# statistic | value#",
    ranks="variant year# province_code | value# rank#",
    descriptives="sample variable | nobs# mean# sd# min# median# max#",
    rollout="timing year# | first_treated# treated# untreated#",
    cohorts="timing cohort# | n_units# units last_untreated_year#",
    group_time="timing cohort# year# | n_treated# n_controls# identified reason",
    design_audit="design estimator | truth# bias# sd# size# power# draws#",
    inference_audit=(
        "panel treatment estimator effects correction grouping inference cluster term | "
        "size# coverage# autocorrelation# draws# failed#"
    ),
    detectable=(
        "panel treatment estimator effects sample inference term | detectable# normal# "
        "sd_outcome# ratio# autocorrelation# sizes draws# failed# reason"
    ),
    moran="outcome weights year# statistic | value# p_value#",
    local_moran=(
        "outcome weights year# unit | standardised# lag# value# quadrant p_value# p_adjusted#"
    ),
    weights="variant indicator | weight#",
    flagged="indicator variable year# flag | cells# units",
    absence="effects | estimate# std_error# statistic# df# p_value# nobs# share_absent#",
    sample_flow="panel sample step# | reason rows# units# dropped#",
    claims=(
        "study# number# | claim claim_zh kind own_design evidence decided_by estimate# std_error# "
        "p_value# p_holm# ci_low# ci_high# detectable_effect# delta# second# other_deltas exhibit "
        "column term own_exhibit own_column own_estimate# own_std_error# own_p_value# own_ci_low# "
        "own_ci_high# reason forms caveat shown"
    ),
    claim_checks=(
        "study# number# position# | claim claim_zh check state estimate# p_value# bound# power# "
        "left_out reason panel sample nobs# n_units# n_treated#"
    ),
    multiverse="panel within statistic | value# p_value# specifications# permutations#",
    curve="panel within level# | estimate# low# high#",
    choices="panel choice value | median# share_sign# share_significant# specifications#",
    beside=(
        "study# number# position# | check of estimate# std_error# p_value# choices# exhibit column "
        "term reason"
    ),
    verdict_audit="kind unit world noise verdict | truth share# draws#",
    bars="kind unit world noise verdict truth | share# bar# missed# draws#",
    confusion="auditor fault called | count#",
    fault_scores="auditor fault | cases# traced# detected# named# placed#",
    errors="verdict truth | kind unit world noise share# bar# missed# n_cells# draws#",
    claim_changes="study# number# | claim earlier own_design evidence decided_by",
    studies="study# | authors authors_zh year# doi kind unit design design_zh",
    inequality="variant year# measure part | value# share#",
    contributions=(
        "variant year# measure group other | value# within# between# transvariation# share#"
    ),
    convergence_terms=(
        "variant model term | estimate# std_error# statistic# distribution df p_value# ci_low# "
        "ci_high# draws#"
    ),
    convergence_fits=(
        "variant model | effects controls inference weights nobs# n_units# r2_within# rho# loglik#"
    ),
    densities="variant year# point# | x# density#",
    shape="variant year# | nobs# bandwidth# mode# height# n_modes# outside#",
    transitions="variant lag origin# destination# | transitions# probability#",
    classes="variant class# | low# high# nobs#",
    chains="variant lag | transitions# identified reason",
    ergodic="variant lag class# | share#",
    chain_tests="variant over test distribution | statistic# df p_value# draws# n_cells# n_sparse#",
    coupling="system province_code year# | coupling# level# degree# class#",
    coupling_levels="system part province_code year# | value#",
    coupling_statistics="system year statistic | value#",
    coupling_indicators="system part indicator | sign weight#",
    rank_ranges="base perturbation year province_code | rank# lowest# median# highest# n_indices#",
    agreement="base perturbation year member | spearman# n_provinces# largest_move# province_code",
    index_bootstrap=(
        "outcome treatment controls index | estimate# std_error# mean# sd# ratio# ci_low# "
        "ci_high# draws# n_degenerate#"
    ),
    rules="rule | bound#",
    places="city_code | lon# lat# name_en batch# first_year# county_zone#",
)
# Parts that an exhibit with regression columns may have.
PARTS = {"models": MODELS, "flow": SCHEMAS["sample_flow"]} | _schemas(
    "exhibit column",
    bands="term | ci_low# ci_high# critical#",
    support="term | cohorts n_units#",
    cells="term | cohort# year# n_treated# n_controls# identified reason",
    draws="draw# | coefficient# t#",
    balance=(
        "variable | mean_treated# mean_before# mean_after# difference_before# difference_after# "
        "ratio_before# ratio_after#"
    ),
    pairs="treated control | weight# distance#",
    simulation="design term | truth# bias_before# bias# coverage_before# coverage# draws#",
    responses="part horizon# | estimate# ci_low# ci_high#",
    matrices="draw# | rho# indirect#",
    left_out="left_out | estimate# std_error# p_value# ci_low# ci_high#",
    intervals="restriction m# | ci_low# ci_high#",
    switchers="term | n_switchers# n_possible# n_ever# n_controls# dose#",
    bounds="period m# | low# high# ci_low# ci_high#",
    marginal="moderator# | estimate# ci_low# ci_high#",
    rings="ring | n_rows# n_units#",
    years="group year# | n_units# density# degree# closeness# betweenness#",
    horizons="horizon# | nobs# n_units# first_year# last_year# bandwidth#",
    small_sample="horizon# | truth# bias# sd# mean_error# coverage# draws#",
    validation="place# | candidate# error# chosen",
    causality="unit | wald# p_value#",
    signs="term | level# log# poisson# alike#",
    bins="bin# | low# high# treated# before# after# share# std_error#",
    units=(
        "unit | cohort# estimate# p_value# pre_rmse# pre_ratio# donors# weighted# before# after# "
        "ci90_low# ci90_high# identified reason"
    ),
    gaps="unit year# | observed# synthetic# gap#",
    cautions="term | reason",
    instruments="instrument | excluded_from first_stage_of coefficient# std_error# p_value#",
)


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
