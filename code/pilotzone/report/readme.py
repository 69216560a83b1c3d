"""The generated parts of README: they stand between markers and are never edited by hand."""

import csv
import math
import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits
from pilotzone.catalogue import claim_words, columns, reasons
from pilotzone.catalogue.claim_words import CHECKS
from pilotzone.catalogue.words import CHINESE, ENGLISH
from pilotzone.errors import UserError
from pilotzone.tables.finish import literals_file

MARK = "<!-- {edge}: {part} (written by make readme) -->"


def fill(text: str, output: Path) -> str:
    """Return the README text with every marked part made anew from ``output``.

    Raises
    ------
    UserError
        If a part has no pair of markers, or a file that it reads is missing.
    """
    for part, make in PARTS.items():
        begin, end = (MARK.format(edge=edge, part=part) for edge in ("begin", "end"))
        if text.count(begin) != 1 or text.count(end) != 1:
            raise UserError(f"README.md: needs the line '{begin}' and the line '{end}' once each")
        before, rest = text.split(begin)
        after = rest.split(end)[1]
        text = f"{before}{begin}\n{make(output)}\n{end}{after}"
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
        rows.append(
            [f"[`{exhibit_id}`]({literals_file(exhibit_id)})", exhibit.title, ", ".join(written)]
        )
    return _table(["exhibit and program", "shows", "output"], rows)


def baseline(output: Path) -> str:
    """The two-way estimates of the baseline, with and without the municipalities."""
    table = estimates.read(output / "estimates/did_baseline.csv").set_index(["column", "term"])
    models = estimates.read(output / "estimates/did_baseline.models.csv").set_index("column")
    rows = []
    for column, model in models.iterrows():
        treatment = model["treatment"]
        rows.append(
            [
                ENGLISH.variable(model["outcome"]),
                f"`{treatment}`",
                model["controls"],
                _estimate(table.loc[(column, treatment)]),
                _estimate(table.loc[(column, f"no_municipalities:{treatment}")]),
            ]
        )
    first = models.iloc[0]
    head = ["outcome", "treatment", "controls", "all provinces", "without the four municipalities"]
    note = (
        f"Unit and year effects, {ENGLISH.sample_label(first['sample'])}, N = {first['nobs']:.0f}; "
        f"errors in brackets, clustered by province ({first['n_clusters']:.0f}). "
        "No province stays untreated: from 2020 on there is no control."
    )
    return f"{_table(head, sorted(rows, key=lambda r: (r[1], r[0], r[2])))}\n\n{note}"


def _rows(output: Path, exhibit_id: str, **fields: object) -> pd.DataFrame:
    """Return the estimate rows, by term, of the column with these fields."""
    column = columns.find(exhibit_id, exhibits.load(exhibit_id), **fields)
    table = estimates.read(output / f"estimates/{exhibit_id}.csv")
    return table[table["column"] == column].set_index("term")


def _estimate(row: object) -> str:
    return f"{row['estimate']:.4f} ({row['std_error']:.4f}), {_p_text(row['p_value'])}"


SMALLEST_P = 0.001


def _p_text(p_value: float) -> str:
    return f"p = {p_value:.3f}" if p_value >= SMALLEST_P else f"p < {SMALLEST_P}"


def modern(output: Path) -> str:
    """The estimators for staggered adoption beside the two-way one, same treatment."""
    table = estimates.read(output / "estimates/staggered.csv").set_index(["column", "term"])
    models = estimates.read(output / "estimates/staggered.models.csv").set_index("column")
    rows = []
    for column, model in models.iterrows():
        key = (column, "overall:simple")
        if model["outcome"] != HEADLINE or key not in table.index:
            continue
        if table.loc[key, "distribution"] == "none":
            continue
        estimator = ENGLISH.estimator(model["estimator"])
        compared = reasons.cell(model["reference"], ENGLISH)
        rows.append([estimator, compared, _estimate(table.loc[key])])
    weights = {"outcome": "nqp", "treatment": "zone_first", "estimator": "negative_weights"}
    negative = _rows(output, "negative_weights", **weights)["estimate"]
    note = (
        f"{ENGLISH.variable(HEADLINE)}, `zone_first`, no controls. In the two-way estimate on all "
        f"years {negative['share_negative']:.1%} of the treated cells have a negative "
        f"weight, in sum {negative['sum_negative']:.2f}."
    )
    head = ["estimator", "compared", "average effect"]
    return f"{_table(head, sorted(rows))}\n\n{note}"


HEADLINE = "nqp_no_ecommerce"


CITIES = {"outcome": "nqp_city", "treatment": "zone_city", "sample": "city"}


def cities(output: Path) -> str:
    """The two-way estimates on cities, and what speaks against reading them as an effect."""
    table = estimates.read(output / "estimates/city_did.csv").set_index(["column", "term"])
    models = estimates.read(output / "estimates/city_did.models.csv").set_index("column")
    rows = [
        [
            ENGLISH.effects(model["fixed_effects"]),
            ENGLISH.sample(model["sample"]),
            model["controls"],
            _estimate(table.loc[(column, "zone_city")]),
            f"{model['nobs']:.0f}",
        ]
        for column, model in models.iterrows()
    ]
    path = _rows(output, "city_event_study", **CITIES, estimator="event_study")
    leads = ", ".join(f"{t}: {path.loc[f'event:{t}', 'estimate']:.4f}" for t in (-4, -3, -2))
    p_value = path.loc["test:leads", "p_value"]
    placebo = _rows(output, "city_placebo", **CITIES, estimator="in_time_placebo")
    early = placebo.loc["zone_city"]
    note = (
        f"NQP index of cities, `zone_city`; errors in brackets, clustered by city. Leads of the "
        f"event study without controls, relative to the year before: {leads}; jointly "
        f"p = {p_value:.1e}. A zone moved two years forward, on rows before the true one: "
        f"{_estimate(early)}."
    )
    head = ["effects", "sample", "controls", "estimate", "N"]
    return f"{_table(head, rows)}\n\n{note}"


def claims(output: Path) -> str:
    """What the estimates say on each claim of the reviewed studies, and the count of verdicts."""
    table = estimates.read(output / "estimates/claims.csv")
    studies = estimates.read(output / "estimates/claims.studies.csv").set_index("study")
    rows = []
    for row in table.itertuples():
        study = studies.loc[row.study]
        rows.append(
            [
                f"[{row.study}] {study['authors']} {study['year']}" if row.claim == 1 else "",
                row.text,
                _with_interval(row),
                _checks(row),
                f"**{row.verdict}**",
            ]
        )
    found = table["verdict"].value_counts()
    counted = "; ".join(
        f"{verdict} {found[verdict]}" for verdict in claim_words.VERDICTS if verdict in found
    )
    note = (
        f"{len(table)} claims of {len(studies)} studies: {counted}. Rules and sources of the "
        "checks: [output/tables/claims.md](output/tables/claims.md). A small p speaks for the "
        "claim, but for the leads it is a trend before the zones; a check that was not made "
        "counts as not passed."
    )
    head = ["study", "claim", "estimate [95 % interval]", "checks", "verdict"]
    return f"{_table(head, rows)}\n\n{note}"


def _with_interval(row: object) -> str:
    if math.isnan(row.estimate):
        return ""
    return f"{row.estimate:.4f} [{row.ci_low:.4f}, {row.ci_high:.4f}], {_p_text(row.p_value)}"


def _checks(row: object) -> str:
    """Return the checks that were made with their numbers, then those that were not."""
    missing = row.not_made.split()
    made = [
        f"{name}: {_p_text(getattr(row, field))}"
        for field, name in CHECKS.items()
        if not math.isnan(getattr(row, field))
    ]
    if row.n_robustness > 0:
        made.append(
            f"{row.n_robustness:.0f} robustness columns: {row.same_sign:.0%} with the sign, "
            f"{row.significant:.0%} significant"
        )
    lacking = [name for field, name in CHECKS.items() if field in missing]
    lacking += ["robustness"] if "same_sign" in missing else []
    return "; ".join([*made, *([f"not made: {', '.join(lacking)}"] if lacking else [])])


def chinese(output: Path) -> str:
    """The main estimates and the count of verdicts, in Chinese."""

    def line(exhibit_id: str, **fields: str) -> str:
        row = _rows(output, exhibit_id, **fields).loc[fields["treatment"]]
        return f"{row['estimate']:.4f}(标准误{row['std_error']:.4f},{_p_text(row['p_value'])})"

    provinces = {"outcome": HEADLINE, "controls": "baseline"}
    first = line("did_baseline", **provinces, treatment="zone_first")
    share = line("did_baseline", **provinces, treatment="zone_share")
    city = line("city_did", **CITIES, controls="city")
    trends = line("city_did", **CITIES, controls="city", effects="unit_trends")
    verdicts = estimates.read(output / "estimates/claims.csv")["verdict"].value_counts()
    counted = "、".join(
        f"{CHINESE.word(verdict, claim_words.VERDICTS)}{verdicts[verdict]}条"
        for verdict in claim_words.VERDICTS
        if verdict in verdicts
    )
    return (
        f"省级双向固定效应(30省,2013-2022年,不含电子商务的指数,含控制变量):以“省内有综试区”"
        f"为处理变量,{first};以“设区地级单位占比”为处理变量,{share}。"
        f"城市层面(含控制变量):{city};加入城市时间趋势后,{trends}。"
        f"八篇文献的{len(estimates.read(output / 'estimates/claims.csv'))}条论断:{counted}。"
    )


def benchmark(output: Path) -> str:
    """Seconds of our core and of the libraries, from the last ``make bench``."""
    path = output / "benchmark.csv"
    if not path.exists():
        raise UserError(f"{path}: not there; run `make bench`")
    with path.open(encoding="utf-8", newline="") as file:
        rows = [
            [
                r["task"],
                r["size"],
                r["program"],
                r["seconds"] or r["note"],
                r["ratio"],
                r["extra_mb"],
            ]
            for r in csv.DictReader(file)
        ]
    return _table(["task", "size", "program", "seconds", "times ours", "extra MB"], rows)


PARTS: dict[str, Callable[[Path], str]] = {
    "claims": claims,
    "baseline": baseline,
    "modern": modern,
    "cities": cities,
    "chinese": chinese,
    "exhibits": exhibit_list,
    "benchmark": benchmark,
}


def links(text: str) -> list[str]:
    """Return the relative targets of the Markdown links in a text."""
    return [t for t in re.findall(r"\]\(([^)#\s]+)\)", text) if "://" not in t]
