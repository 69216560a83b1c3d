"""What the estimates say, as parts of the pages: verdicts, baseline, estimators, cities."""

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.catalogue import columns, phrasebook, reasons
from pilotzone.catalogue.treatments import TIMINGS
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.claims.facts import Verdict
from pilotzone.estimates import Column as EstimatedColumn
from pilotzone.estimates import columns_of
from pilotzone.tables.claims import decided, error_rates

HEADLINE = "nqp_no_ecommerce"
SMALLEST_P = 0.001


def pipe_table(header: list[str], rows: list[list[str]]) -> str:
    """Return a table as Markdown writes it."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def baseline(output: Path) -> str:
    """The two-way estimates of the baseline, with and without the municipalities."""
    found = _columns(output, "did_baseline", free=("outcome", "treatment", "controls"))
    rows = [
        [
            ENGLISH.variable(column.literal.outcome),
            f"`{column.literal.treatment}`",
            column.literal.dimension("controls"),
            _estimate(column.terms[column.literal.treatment]),
            _estimate(column.terms[f"no_municipalities:{column.literal.treatment}"]),
        ]
        for column in found
    ]
    sample, model = ENGLISH.sample_label(found[0].literal.sample), found[0].model
    head = ["outcome", "treatment", "controls", "all provinces", "without the four municipalities"]
    note = (
        f"Unit and year effects, {sample}, N = {model['nobs']:.0f}; "
        f"errors in brackets, clustered by province ({model['n_clusters']:.0f}). "
        "No province stays untreated to the end, so that the last years have no control."
    )
    return f"{pipe_table(head, sorted(rows, key=lambda r: (r[1], r[0], r[2])))}\n\n{note}"


def _columns(
    output: Path, exhibit_id: str, free: Sequence[str], **fields: object
) -> list[EstimatedColumn]:
    """Return the columns that have these fields, anything in the free ones, and defaults else."""
    exhibit = exhibits.load(exhibit_id)
    files = [
        estimates.read(output / f"estimates/{exhibit_id}{part}.csv") for part in ("", ".models")
    ]
    found = zip(exhibit.column_ids(), columns_of(exhibit_id, exhibit, *files), strict=True)
    fit = columns.matching(exhibit, fields, free)
    return [column for i, column in found if i in fit]


def _terms(output: Path, exhibit_id: str, **fields: object) -> dict[str, dict[str, object]]:
    """Return the estimate rows, by term, of the one column with these fields."""
    columns.find(exhibit_id, exhibits.load(exhibit_id), **fields)
    return _columns(output, exhibit_id, (), **fields)[0].terms


def _estimate(row: object) -> str:
    return f"{row['estimate']:.4f} ({row['std_error']:.4f}), {_p_text(row['p_value'])}"


def _p_text(p_value: float) -> str:
    return f"p = {p_value:.3f}" if p_value >= SMALLEST_P else f"p < {SMALLEST_P}"


def modern(output: Path) -> str:
    """The estimators for staggered adoption beside the two-way one, same treatment."""
    free = ("sample", "estimator", "inference", "without_cohort", "base")
    rows = []
    for column in _columns(output, "staggered", free, outcome=HEADLINE, treatment="zone_first"):
        overall = column.terms.get("overall:simple")
        if overall is None or math.isnan(overall["std_error"]):
            continue
        estimator = ENGLISH.estimator(column.literal.estimator)
        compared = reasons.cell(column.model["reference"], ENGLISH)
        rows.append([estimator, compared, _estimate(overall)])
    weights = {"outcome": "nqp", "treatment": "zone_first", "estimator": "negative_weights"}
    terms = _terms(output, "negative_weights", **weights)
    share, total = (terms[name]["estimate"] for name in ("share_negative", "sum_negative"))
    note = (
        f"{ENGLISH.variable(HEADLINE)}, `zone_first`, no controls. In the two-way estimate on all "
        f"years {share:.1%} of the treated cells have a negative "
        f"weight, in sum {total:.2f}."
    )
    head = ["estimator", "compared", "average effect"]
    return f"{pipe_table(head, sorted(rows))}\n\n{note}"


CITIES = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "city"}


def cities(output: Path) -> str:
    """The two-way estimates on cities, and what speaks against reading them as an effect."""
    free = ("controls", "sample", "effects")
    found = _columns(output, "city_did", free, outcome="nqp_city", treatment="zone_city")
    rows = [
        [
            ENGLISH.effects(column.literal.effects),
            ENGLISH.sample(column.literal.sample),
            column.literal.dimension("controls"),
            _estimate(column.terms["zone_city"]),
            f"{column.model['nobs']:.0f}",
        ]
        for column in sorted(found, key=lambda c: tuple(map(c.literal.dimension, free)))
    ]
    path = _terms(output, "city_event_study", **CITIES, estimator="event_study")
    leads = ", ".join(f"{t}: {path[f'event:{t}']['estimate']:.4f}" for t in (-4, -3, -2))
    p_value = path["test:leads"]["p_value"]
    early = _terms(output, "city_placebo", **CITIES, years_early=2)["zone_city"]
    note = (
        f"NQP index of cities, `zone_city`; errors in brackets, clustered by city. Leads of the "
        f"event study without controls, relative to the year before: {leads}; jointly "
        f"p = {p_value:.1e}. A zone moved two years forward, on rows before the true one: "
        f"{_estimate(early)}. By imputation with each city's trend fitted to its untreated rows "
        f"alone (balanced panel, no controls): {_by_cohort(output)}."
    )
    head = ["effects", "sample", "controls", "estimate", "N"]
    return f"{pipe_table(head, rows)}\n\n{note}"


def _imputed_trends(output: Path) -> dict[str, dict[str, object]]:
    """Return the terms of the imputation with unit trends on the balanced panel."""
    fields = {**CITIES, "sample": "balanced", "effects": "unit_trends", "without_cohort": 2015}
    return _terms(output, "city_trends", **fields, estimator="imputation")


def _by_cohort(output: Path) -> str:
    """Return the average effect, then that of each cohort with an error."""
    terms = _imputed_trends(output)
    cohorts = {f"cohort {name[7:]}": row for name, row in terms.items() if name[:7] == "cohort:"}
    made = {"all": terms["overall:simple"], **cohorts}
    return ", ".join(
        f"{name} {row['estimate']:.4f} ({row['std_error']:.4f})"
        for name, row in made.items()
        if not math.isnan(row["std_error"])
    )


def found(output: Path) -> str:
    """What was found, in three sentences: verdicts, what is supported, the coding of provinces."""
    table = estimates.read(output / "estimates/claims.csv")
    distinct = table.drop_duplicates(["claim", "column"])
    judged = distinct["estimate"].notna()
    supported = [
        f"“{row.claim}”, {row.estimate:.4f} [{row.ci_low:.4f}, {row.ci_high:.4f}]"
        for row in distinct[distinct["evidence"] == Verdict.SUPPORTED].itertuples()
    ]
    provinces = {"outcome": HEADLINE, "controls": "baseline"}
    first, share = (
        _estimate(_terms(output, "did_baseline", **provinces, treatment=name)[name])
        for name in ("zone_first", "zone_share")
    )
    return (
        f"Of {len(distinct)} distinct claims of {table['study'].nunique()} papers, open figures "
        f"can judge {judged.sum()} ({_counted(distinct[judged])}); of the others: "
        f"{_counted(distinct[~judged])}. Supported, net of trends and with its 95 % interval, on "
        f"an index between 0 and 1: {'; '.join(supported) or 'none'}. In provinces the two-way "
        f"estimate hangs on how the treatment is coded, {first}, for any zone in the province and "
        f"{share}, for the share of its cities that hold one, and from "
        f"{_first_without_untreated(output)} on no province is untreated."
    )


def _counted(distinct: pd.DataFrame) -> str:
    """Return the verdicts with their numbers, in the order of the rules."""
    numbers = distinct["evidence"].value_counts()
    return "; ".join(f"{verdict} {numbers[verdict]}" for verdict in Verdict if verdict in numbers)


def _first_without_untreated(output: Path) -> int:
    """Return the first year in which every province has a zone, by the main timing."""
    rollout = estimates.read(output / "estimates/rollout.csv")
    main = rollout[(rollout["timing"] == next(iter(TIMINGS))) & (rollout["untreated"] == 0)]
    return int(main["year"].min())


def verdicts(output: Path) -> str:
    """The verdicts on the distinct claims that the open figures can judge, in short."""
    table = estimates.read(output / "estimates/claims.csv")
    rows = [
        [
            f"[{', '.join(str(study) for study in same['study'])}] {same['claim'].iloc[0]}",
            same["own_design"].iloc[0],
            f"**{same['evidence'].iloc[0]}**",
            "{estimate:.3f} [{ci_low:.3f}, {ci_high:.3f}]".format(**same.iloc[0]),
        ]
        for _, same in table[table["estimate"].notna()].groupby(["claim", "column"], sort=False)
    ]
    return pipe_table(["claim", "own design", "evidence", "estimate [95 % interval]"], rows)


def claims(output: Path) -> str:
    """The verdicts, a line for each distinct claim, and their count."""
    table = estimates.read(output / "estimates/claims.csv")
    judged = ~table["evidence"].isin([Verdict.LICENSED, Verdict.THEORY])
    rows = []
    for _, same in table[judged].groupby(["claim", "column"], sort=False):
        row = next(same.itertuples())
        told = ", ".join(str(study) for study in same["study"])
        said = [f"[{told}] {row.claim}", row.own_design, f"**{row.evidence}**"]
        rows.append([*said, _with_interval(row), decided(row, ENGLISH)])
    distinct = table.drop_duplicates(["claim", "column"])
    rates = error_rates(estimates.read(output / "estimates/claims.errors.csv"))
    err = ENGLISH.say("errors", phrasebook.CLAIM_NOTES, space=ENGLISH.space, **rates)
    note = (
        f"{len(table)} claims of {table['study'].nunique()} papers, {len(distinct)} of them "
        f"distinct: {_counted(distinct)}. Papers with one claim on one regression stand in one "
        "line. Rules: [claims.md](claims.md); for other programs: "
        f"[output/claims.json](../output/claims.json).\n\n{err}"
    )
    head = ["claim", "own design", "evidence", "estimate [95 % interval]", "decided by"]
    return f"{pipe_table(head, rows)}\n\n{note}"


def _with_interval(row: object) -> str:
    if math.isnan(row.estimate):
        return ""
    p = _p_text(row.p_holm).replace("p ", "Holm p ")
    return (
        f"{row.estimate:.4f} [{row.ci_low:.4f}, {row.ci_high:.4f}], {p}; detectable "
        f"{row.detectable_effect:.4f}"
    )


def chinese(output: Path) -> str:
    """The main estimates and the count of verdicts, in Chinese."""

    def line(exhibit_id: str, **fields: str) -> str:
        row = _terms(output, exhibit_id, **fields)[fields["treatment"]]
        return f"{row['estimate']:.4f}(标准误{row['std_error']:.4f},{_p_text(row['p_value'])})"

    provinces = {"outcome": HEADLINE, "controls": "baseline"}
    first = line("did_baseline", **provinces, treatment="zone_first")
    share = line("did_baseline", **provinces, treatment="zone_share")
    city = line("city_did", **CITIES, controls="city")
    imputed = _imputed_trends(output)["overall:simple"]
    trends = f"{imputed['estimate']:.4f}(标准误{imputed['std_error']:.4f})"
    table = estimates.read(output / "estimates/claims.csv")
    table = table.drop_duplicates(["claim", "column"])
    verdicts = table["evidence"].value_counts()
    counted = "、".join(
        f"{CHINESE.word(verdict, phrasebook.VERDICTS)}{verdicts[verdict]}条"
        for verdict in Verdict
        if verdict in verdicts
    )
    return (
        f"省级双向固定效应(30省,2013-2022年,不含电子商务的指数,含控制变量):以“省内有综试区”"
        f"为处理变量,{first};以“设区地级单位占比”为处理变量,{share}。"
        f"城市层面(含控制变量):{city};以未处理观测拟合城市趋势的插补法:{trends}。"
        f"{table['study'].nunique()}篇文献的{len(table)}条不同论断:{counted}。"
    )
