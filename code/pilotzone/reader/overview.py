"""The first screen of a report: what a reader's panel can and cannot identify.

Everything is counted on the panel or read from what was estimated; nothing is typed.
"""

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy import special

from pilotzone.catalogue import Exhibit, phrasebook, reasons
from pilotzone.catalogue.inferences import crossing
from pilotzone.catalogue.words import Lexicon
from pilotzone.engine.cautions import FEWEST_CLUSTERS
from pilotzone.errors import decode
from pilotzone.estimates.detectable import ALPHA, POWER
from pilotzone.methods.did.terms import FEWEST_UNITS
from pilotzone.reader.own import NEVER, OwnPanel
from pilotzone.reader.panel_config import PERIOD, UNIT
from pilotzone.tables.style import number

Parts = Mapping[str, pd.DataFrame]
# A check of trends that would find the line behind the effect less often says little.
LEAST_POWER = 0.5
PLACES = 3
# So many columns without an estimate are named.
MOST_LOST = 6


@dataclasses.dataclass(frozen=True)
class Words:
    """A lexicon on the words of this page."""

    lexicon: Lexicon

    def __call__(self, name: str, **holes: object) -> str:
        """Return a word or a sentence of the page."""
        return self.lexicon.say(name, phrasebook.OVERVIEW, **holes)


def overview(
    own: OwnPanel, made: Mapping[str, tuple[Exhibit, Parts]], lexicon: Lexicon
) -> list[tuple[str, list[str]]]:
    """Return heads, each with its lines.

    Parameters
    ----------
    made : mapping from id to an exhibit and the parts that were estimated.
    """
    say = Words(lexicon)
    lines = {
        "panel": [_size(own, say)],
        "cohorts": [_cohorts(own, say)],
        "untreated": [] if own.dose else [_untreated(own, say)],
        "clusters": [_clusters(own, made, say)],
        "detectable": [_detectable(own, made, say)],
        "trends": [] if own.dose else _trends(made, say),
        "lost": _lost(made, say),
    }
    return [(say(head), said) for head, said in lines.items() if said]


def warnings(own: OwnPanel, lexicon: Lexicon) -> tuple[str, ...]:
    """Return what stands on top of every table of estimates: few treated clusters, few clusters."""
    say, found = Words(lexicon), []
    count, treated = counted_clusters(own)
    by = lexicon.cluster(own.cluster, own.panel.id)
    if treated < FEWEST_UNITS and not own.dose:
        found.append(say("few_treated", by=by, n=treated, least=FEWEST_UNITS))
    if count < FEWEST_CLUSTERS:
        found.append(say("few_clusters", n=count, least=FEWEST_CLUSTERS))
    return tuple(found)


def counted_clusters(own: OwnPanel) -> tuple[int, int]:
    """Return the clusters of the rows and those with a treated row, the fewest where two cross."""
    frame = own.panel.frame
    names = crossing(own.cluster)
    on = frame[own.treatment] != 0
    count = min(frame[name].nunique() for name in names)
    # Every period has treated rows sooner or later: only clusters of units are treated or not.
    of_units = [name for name in names if name != PERIOD] or [UNIT]
    return count, min(frame.loc[on, name].nunique() for name in of_units)


def _size(own: OwnPanel, say: Words) -> str:
    frame, (first, last) = own.panel.frame, own.span
    units, periods = frame[UNIT].nunique(), frame[PERIOD].nunique()
    return say(
        "panel_text",
        units=units,
        many=say.lexicon.units(own.panel.id)[1],
        periods=periods,
        span=own.periods.span(first, last),
        rows=len(frame),
        gaps=say("gaps") if len(frame) < units * periods else "",
    )


def _cohorts(own: OwnPanel, say: Words) -> str:
    if own.dose:
        dose = own.panel.frame[own.treatment]
        holes = {"low": dose.min(), "high": dose.max(), "zero": int((dose == 0).sum())}
        return say("dose", **holes, rows=len(dose))
    cohorts, (first, last) = own.cohorts, own.span
    inside = own.inside
    sizes = say.lexicon.mark("list").join(
        f"{own.periods.label(int(g))} ({n})" for g, n in inside.items()
    )
    text = say(
        "cohorts_text",
        treated=int(((cohorts > NEVER) & (cohorts <= last)).sum()),
        units=len(cohorts),
        many=say.lexicon.units(own.panel.id)[1],
        sizes=sizes or "0",
    )
    counts = {
        "never": int((cohorts == NEVER).sum()),
        "later": int((cohorts > last).sum()),
        "always": int(((cohorts > NEVER) & (cohorts <= first)).sum()),
    }
    return text + "".join(say(name, n=n) for name, n in counts.items() if n)


def _untreated(own: OwnPanel, say: Words) -> str:
    """Return the units without treatment in each period that has a treated one, runs joined."""
    frame = own.panel.frame
    count = (frame[own.treatment] == 0).groupby(frame[PERIOD]).sum()
    runs: list[list[int]] = []
    for code, n in count.items():
        if runs and runs[-1][2] == n:
            runs[-1][1] = code
        else:
            runs.append([code, code, n])
    label = own.periods.label
    texts = [f"{label(a) if a == b else own.periods.span(a, b)}: {n}" for a, b, n in runs]
    none = count.index[count == 0]
    end = say("untreated_none", period=label(int(none.min()))) if len(none) else ""
    return say("untreated_text", counts=say.lexicon.mark("list").join(texts), none=end)


def _clusters(own: OwnPanel, made: Mapping[str, tuple[Exhibit, Parts]], say: Words) -> str:
    count, treated = counted_clusters(own)
    found = _term(made, "inference", "effective_clusters")
    effective = say("effective", n=found["estimate"]) if found is not None else ""
    by = say.lexicon.cluster(own.cluster, own.panel.id)
    return say("clusters_text", count=count, by=by, effective=effective, treated=treated)


def _detectable(own: OwnPanel, made: Mapping[str, tuple[Exhibit, Parts]], say: Words) -> str:
    """Return the effect that a two-sided 5 % test finds in 80 % of samples."""
    row = _term(made, "did", own.treatment)
    scale = _term(made, "inference", "sd:outcome")
    if row is None or not row["std_error"] > 0:
        return say("detectable_none")
    steps = special.stdtrit(float(row["df"]), (1 - ALPHA / 2, POWER)).sum()
    size = steps * row["std_error"]
    share = size / scale["estimate"] if scale is not None and scale["estimate"] > 0 else np.nan
    outcome = say.lexicon.variable(own.outcome)
    return say("detectable_text", size=size, share=share, outcome=outcome)


def _trends(made: Mapping[str, tuple[Exhibit, Parts]], say: Words) -> list[str]:
    """Return each check of trends, and what they come to."""
    lines, seen, power = [], False, np.nan
    leads = _term(made, "event_study", "test:leads")
    if leads is not None:
        strength = _term(made, "event_study", "power:joint")
        power = strength["estimate"] if strength is not None else np.nan
        seen = leads["p_value"] < ALPHA
        lines.append(say("leads", p=_p(leads["p_value"]), power=100 * power))
    every = _every_lead(made)
    if every is not None:
        lines.append(say("all_leads", p=_p(every)))
    early = _term(made, "placebo", None, "two_years_early")
    if early is not None and early["p_value"] == early["p_value"]:
        seen = seen or early["p_value"] < ALPHA
        size = number(early["estimate"], PLACES)
        lines.append(say("early", estimate=size, p=_p(early["p_value"])))
    lines += _breakdowns(made, say)
    if leads is None and early is None:
        return [say("unchecked"), *lines]
    far = every is not None and every < ALPHA
    without = "far" if far else "passed" if power >= LEAST_POWER else "silent"
    return [say("failed" if seen else without), *lines]


def _every_lead(made: Mapping[str, tuple[Exhibit, Parts]]) -> float | None:
    """Return the joint p of the leads without binned ends; None where there is none."""
    exhibit, parts = made.get("event_study", (None, {}))
    columns = zip(exhibit.column_ids(), exhibit.columns, strict=True) if exhibit else ()
    for column, spec in columns:
        if spec.estimator == "event_study_unbinned":
            rows = parts[""][parts[""]["column"] == column]
            # Without any term a file has no numbers.
            return rows.set_index("term")["p_value"].get("test:leads") if len(rows) else None
    return None


def _breakdowns(made: Mapping[str, tuple[Exhibit, Parts]], say: Words) -> list[str]:
    """Return the violation at which zero enters the robust interval of each cohort."""
    if "honest_did" not in made:
        return []
    exhibit, parts = made["honest_did"]
    lines = []
    for column, spec in zip(exhibit.column_ids(), exhibit.columns, strict=True):
        rows = parts[""][parts[""]["column"] == column].set_index("term")
        if not len(rows):
            continue
        name, cohort = "breakdown:relative_magnitudes", say.lexicon.sample(spec.rows)
        if name in rows.index:
            size = rows.loc[name, "estimate"]
            lines.append(say("breakdown", cohort=cohort, size=size))
        else:
            lines.append(say("no_breakdown", cohort=cohort))
    return lines


def _lost(made: Mapping[str, tuple[Exhibit, Parts]], say: Words) -> list[str]:
    """Return the columns without an estimate, each reason once."""
    found: dict[tuple[str, ...], dict[str, str]] = {}
    for exhibit_id, (_, parts) in made.items():
        if "models" not in parts:
            continue
        fields = (parts["models"][name] for name in ("column", "identified", "reason"))
        for column, identified, reason in zip(*fields, strict=True):
            if identified == "no":
                codes = tuple(one.code for one in decode(reason))
                found.setdefault((exhibit_id, *codes), {})[column] = reason
    if not found:
        return [say("lost_none")]
    joint, colon = say.lexicon.mark("list"), say.lexicon.mark("colon")
    lines = [
        f"{exhibit_id} {joint.join(where)}{colon}"
        + reasons.cell(next(iter(where.values())), say.lexicon)
        for (exhibit_id, *_), where in found.items()
    ]
    more = len(lines) - MOST_LOST
    return [*lines[:MOST_LOST], *([f"… {more}"] if more > 0 else [])]


def _term(
    made: Mapping[str, tuple[Exhibit, Parts]], exhibit_id: str, term: str | None, ends: str = ""
) -> pd.Series | None:
    """Return the first row of a term of an exhibit, of the column with this end; None without."""
    if exhibit_id not in made:
        return None
    rows = made[exhibit_id][1][""]
    if not len(rows):
        return None
    kept = rows[rows["column"].str.endswith(ends)] if ends else rows
    kept = kept if term is None else kept[kept["term"] == term]
    return kept.iloc[0] if len(kept) else None


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"
