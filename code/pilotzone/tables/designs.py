"""Tables of what stands behind an estimate: comparisons, simulated designs, Moran's I."""

from collections.abc import Mapping

import pandas as pd

from pilotzone.catalogue import Exhibit, phrasebook
from pilotzone.catalogue.inferences import Inference
from pilotzone.catalogue.matrices import MATRICES
from pilotzone.catalogue.words import Lexicon
from pilotzone.estimates import records
from pilotzone.tables import notes
from pilotzone.tables.finish import finished
from pilotzone.tables.grid import Body, Grid, Panel, Parts, Row, single
from pilotzone.tables.sentences import not_identified, say
from pilotzone.tables.style import Style

# The term of the audit of inference that is a whole simultaneous band.
BAND = "band"


def decomposition_grid(
    exhibit_id: str,
    exhibit: Exhibit,
    comparisons: pd.DataFrame,
    models: pd.DataFrame,
    style: Style,
) -> Grid:
    """Return the comparisons behind a two-way coefficient, in panels by outcome, sums first."""
    lexicon = style.lexicon
    panels = []
    for outcome, rows in comparisons.groupby("outcome", sort=False):
        ordered = pd.concat([rows[rows["treated"] == "all"], rows[rows["treated"] != "all"]])
        lines = [
            Row(
                _comparison(row, lexicon),
                (style.number(row.weight), style.number(row.estimate)),
                term=row.comparison,
            )
            for row in ordered.itertuples()
        ]
        total = float(rows.loc[rows["treated"] == "all"].eval("weight * estimate").sum())
        sums = (style.number(1.0), style.number(total))
        lines.append(Row(lexicon.estimator("twfe"), sums, term="twfe"))
        panels.append(Panel(tuple(lines), lexicon.variable(outcome)))
    heads = [lexicon.word(name) for name in ("weight", "estimate")]
    samples = dict.fromkeys(literal.sample for literal in exhibit.columns)
    said = notes.samples_text(samples, lexicon) + lexicon.mark("stop")
    header = (single(lexicon.word("comparison"), heads),)
    lost = [
        not_identified(lexicon.variable(row.outcome), row.reason, lexicon)
        for row in models[models["identified"] == "no"].itertuples()
    ]
    body = Body(header, tuple(panels), notes=(said, *lost))
    return finished(exhibit_id, exhibit, body, style)


def _comparison(row: object, lexicon: Lexicon) -> str:
    text = lexicon.word(row.comparison, phrasebook.COMPARISONS)
    if row.treated == "all":
        return text
    joint = " against " if lexicon.english else "对"
    never = lexicon.word("never_treated").lower()
    control = never if row.control == "0" else lexicon.period(row.control)
    return f"{lexicon.period(row.treated)}{joint}{control}"


def design_audit(parts: Parts, style: Style) -> Body:
    """Return bias, spread, size and power by design and estimator."""
    lexicon = style.lexicon
    fields = ("truth", "bias", "sd", "size", "power")
    header = (single("", [lexicon.word(field) for field in fields]),)
    panels = []
    for design, rows in parts[""].groupby("design", sort=False):
        lines = [
            Row(
                lexicon.estimator(row.estimator),
                tuple(style.number(getattr(row, field)) for field in fields),
                term=row.estimator,
            )
            for row in rows.itertuples()
        ]
        panels.append(Panel(tuple(lines), lexicon.word(design, phrasebook.DESIGNS)))
    draws = int(parts[""]["draws"].iloc[0])
    return Body(header, tuple(panels), notes=(say("simulated", lexicon, draws=draws),))


def inference_audit(parts: Parts, style: Style) -> Body:
    """Return size and coverage by estimator, a line for each kind of inference and term."""
    lexicon, joint = style.lexicon, style.lexicon.mark("comma")
    header = (single("", [lexicon.word("size"), lexicon.word("coverage")]),)
    panels = []
    audit = parts[""]
    places: dict[tuple[str, ...], list[dict]] = {}
    for row in records(audit):
        places.setdefault(tuple(row[name] for name in PLACE), []).append(row)
    for (treatment, estimator, effects, *kept), rows in places.items():
        texts = [lexicon.estimator(estimator), lexicon.effects(effects)]
        texts += [lexicon.variant_name(name) for name in kept if name != "none"]
        lines = [
            Row(
                joint.join((_made(row, lexicon), _of(row["term"], treatment, lexicon))),
                (style.number(row["size"]), style.number(row["coverage"])),
                term=row["term"],
            )
            for row in rows
        ]
        title = lexicon.variable(treatment) + lexicon.mark("colon") + joint.join(texts)
        panels.append(Panel(tuple(lines), title))
    draws, failed = int(audit["draws"].max()), int(audit["failed"].max())
    phi = f"{audit['autocorrelation'].iloc[0]:g}"
    said = say("audited", lexicon, draws=draws, failed=failed, phi=phi)
    return Body(header, tuple(panels), notes=(said,))


PLACE = ["treatment", "estimator", "effects", "correction", "grouping"]


def _made(row: Mapping[str, str], lexicon: Lexicon) -> str:
    cluster = "" if row["cluster"] == "none" else row["cluster"]
    return lexicon.inference(Inference(row["inference"], cluster), row["panel"])


def _of(term: str, treatment: str, lexicon: Lexicon) -> str:
    """Return the term; the treatment stands in the title of the panel."""
    if term == BAND:
        return lexicon.word("band")
    kind, _, of = term.partition(":")
    return lexicon.word(kind) if of == treatment and kind != "W" else lexicon.term(term)


def moran(parts: Parts, style: Style) -> Body:
    """Return Moran's I by year and matrix with stars of the permutation p, panels by variable."""
    lexicon = style.lexicon
    table = parts[""]
    table = table[table["statistic"] == "moran:permutation"]
    there = set(table["weights"])
    matrices = [m for m in MATRICES if m in there]
    header = (single(lexicon.word("year"), [lexicon.matrix(m) for m in matrices]),)
    panels = []
    for outcome, rows in table.groupby("outcome", sort=False):
        cells = rows.set_index(["year", "weights"]).to_dict("index")
        lines = [
            Row(
                lexicon.period(int(year)),
                tuple(
                    style.estimate(cells[year, m]["value"], cells[year, m]["p_value"])
                    for m in matrices
                ),
                term=str(int(year)),
            )
            for year in sorted(rows["year"].unique())
        ]
        panels.append(Panel(tuple(lines), lexicon.term(outcome)))
    return Body(header, tuple(panels), notes=(say("moran", lexicon, folder=style.source.folder),))
