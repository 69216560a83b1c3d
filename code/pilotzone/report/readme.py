"""The generated parts of README and of the pages in docs.

They stand between markers and are never edited by hand.
"""

import csv
import math
import re
from collections.abc import Callable, Sequence
from pathlib import Path

from pilotzone import estimates, exhibits
from pilotzone.catalogue import columns, phrasebook, reasons
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.claims.facts import Verdict
from pilotzone.errors import UserError
from pilotzone.estimates import Column as EstimatedColumn
from pilotzone.estimates import columns_of
from pilotzone.tables.claims import decided, error_rates
from pilotzone.tables.faultbench import BEFORE, NOW, SHOWN, WITHHELD, by_fault, silent_faults
from pilotzone.tables.finish import literals_file

HEADLINE = "nqp_no_ecommerce"
SMALLEST_P = 0.001
MARK = "<!-- {edge}: {part} (written by make readme) -->"
MARKED = re.compile(r"<!-- (?:begin|end): (\w+) \(written by make readme\) -->")


def fill(text: str, output: Path) -> str:
    """Return the text of a page with every marked part made anew from ``output``.

    Raises
    ------
    UserError
        If there is no marked part, one is unknown or lacks one of its markers, or a file that it
        reads is missing.
    """
    parts = MARKED.findall(text)
    if not parts:
        raise UserError(f"no part to fill; known: {', '.join(PARTS)}")
    for part in dict.fromkeys(parts):
        if part not in PARTS:
            raise UserError(f"part '{part}' is unknown; known: {', '.join(PARTS)}")
        begin, end = (MARK.format(edge=edge, part=part) for edge in ("begin", "end"))
        if text.count(begin) != 1 or text.count(end) != 1:
            raise UserError(f"a page needs the line '{begin}' and the line '{end}' once each")
        before, rest = text.split(begin)
        after = rest.split(end)[1]
        text = f"{before}{begin}\n{PARTS[part](output)}\n{end}{after}"
    return text


def _table(header: list[str], rows: list[list[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def exhibit_list(output: Path) -> str:
    """Every exhibit with its title, its file of literals and what it writes."""
    rows = []
    for exhibit_id in exhibits.paths():
        exhibit = exhibits.load(exhibit_id)
        written = [f"[table](output/tables/{exhibit_id}.md)"]
        if exhibit.figure:
            written.append(f"[figure](output/figures/{exhibit_id}.png)")
        written.append(f"[numbers](output/estimates/{exhibit_id}.csv)")
        name = f"[`{exhibit_id}`]({literals_file(exhibit_id)})"
        rows.append([name, exhibit.title, ", ".join(written)])
    return _table(["exhibit and program", "shows", "output"], rows)


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
        "No province stays untreated: from 2020 on there is no control."
    )
    return f"{_table(head, sorted(rows, key=lambda r: (r[1], r[0], r[2])))}\n\n{note}"


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
    return f"{_table(head, sorted(rows))}\n\n{note}"


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
    return f"{_table(head, rows)}\n\n{note}"


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
    found = distinct["evidence"].value_counts()
    counted = "; ".join(f"{verdict} {found[verdict]}" for verdict in Verdict if verdict in found)
    rates = error_rates(estimates.read(output / "estimates/claims.errors.csv"))
    err = ENGLISH.say("errors", phrasebook.CLAIM_NOTES, space=ENGLISH.space, **rates)
    note = (
        f"{len(table)} claims of {table['study'].nunique()} papers, {len(distinct)} of them "
        f"distinct: {counted}. Papers with one claim on one regression stand in one line. Rules: "
        "[output/tables/claims.md](output/tables/claims.md); for other programs: "
        f"[output/claims.json](output/claims.json).\n\n{err}"
    )
    head = ["claim", "own design", "evidence", "estimate [95 % interval]", "decided by"]
    return f"{_table(head, rows)}\n\n{note}"


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


def benchmark(output: Path) -> str:
    """Seconds of our core and of the libraries, from the last ``make bench``."""
    path = output / "benchmark.csv"
    if not path.exists():
        raise UserError(f"{path}: not there; run `make bench`")
    with path.open(encoding="utf-8", newline="") as file:
        lines = [
            {**line, "seconds": line["seconds"] or line["note"]} for line in csv.DictReader(file)
        ]
    rows = [
        [line[name] for name in ("task", "size", "program", "seconds", "ratio", "extra_mb")]
        for line in lines
    ]
    return _table(["task", "size", "program", "seconds", "times ours", "extra MB"], rows)


def faultbench(output: Path) -> str:
    """What our auditor finds of each planted fault; how to find out, where bench has not run."""
    path = output / "estimates/faultbench.scores.csv"
    if not path.exists():
        return "Not estimated here yet: `make output/estimates/faultbench.csv`."
    scores = estimates.read(path)
    rows = [
        [f"`{fault}`", ENGLISH.word(fault, phrasebook.FAULTS), *(f"{n:.0f}" for n in numbers)]
        for fault, numbers in by_fault(scores).items()
    ]
    heads = {BEFORE: " before", NOW: "", WITHHELD: ", its check withheld"}
    head = ["fault", "what is wrong", *(f"{name}{heads[who]}" for who, name in SHOWN)]
    silent = ", ".join(f"`{fault}`" for fault in silent_faults(scores))
    said = f"No table betrays {silent}: not a byte of what an auditor reads is another one."
    return f"{_table(head, rows)}\n\n{said}"


PARTS: dict[str, Callable[[Path], str]] = {
    "claims": claims,
    "baseline": baseline,
    "modern": modern,
    "cities": cities,
    "chinese": chinese,
    "exhibits": exhibit_list,
    "benchmark": benchmark,
    "faultbench": faultbench,
}


def links(text: str) -> list[str]:
    """Return the relative targets of the Markdown links in a text."""
    return [t for t in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in t]
