"""The table of minimal detectable effects."""

import pandas as pd

from pilotzone.catalogue import reasons
from pilotzone.catalogue.inferences import Inference
from pilotzone.catalogue.words import Lexicon
from pilotzone.estimates.detectable import NORMAL, POWER, USUAL
from pilotzone.estimates.line_order import in_order
from pilotzone.tables.grid import Body, Panel, Parts, Row, single
from pilotzone.tables.sentences import say
from pilotzone.tables.style import DASH, Style

FIELDS = ("detectable", "ratio", "normal", "sd_outcome")


def detectable(parts: Parts, style: Style) -> Body:
    """Return the effects that most draws find, in panels by treatment and sample."""
    lexicon, table = style.lexicon, in_order(parts[""])
    panels = [
        Panel(
            tuple(_row(row, style) for row in rows.to_dict("records")),
            lexicon.mark("colon").join((lexicon.variable(treatment), lexicon.sample(sample))),
        )
        for (treatment, sample), rows in table.groupby(["treatment", "sample"], sort=False)
    ]
    header = (single("", [lexicon.word(field) for field in FIELDS]),)
    return Body(header, tuple(panels), notes=(_note(table, lexicon), *_without(table, lexicon)))


def _row(row: dict[str, object], style: Style) -> Row:
    """Return a line; one without a number has a dash, and its reason in a note."""
    lexicon, term = style.lexicon, str(row["term"])
    texts = [lexicon.estimator(row["estimator"])]
    texts += [lexicon.effects(row["effects"])] if row["effects"] != USUAL else []
    name = lexicon.mark("comma").join(texts)
    if term != row["treatment"]:
        name = lexicon.mark("colon").join((name, lexicon.term(term)))
    numbers = tuple(style.number(row[field]) for field in FIELDS)
    return Row(name, (numbers[0] or DASH, *numbers[1:]), term=term)


def _note(table: pd.DataFrame, lexicon: Lexicon) -> str:
    """Return what the numbers are."""
    tests = []
    for name, rows in table.groupby("inference", sort=False):
        kind = lexicon.inference(Inference(name), rows["panel"].iloc[0])
        of = map(lexicon.estimator, dict.fromkeys(rows["estimator"]))
        tests.append(lexicon.mark("colon").join((kind, " / ".join(of))))
    return say(
        "detectable",
        lexicon,
        share=f"{100 * POWER:g}",
        draws=int(table["draws"].max()),
        phi=f"{table['autocorrelation'].iloc[0]:g}",
        size=say(f"size_{table['sizes'].iloc[0]}", lexicon),
        normal=f"{NORMAL:.2f}",
        tests=lexicon.mark("semicolon").join(tests),
    )


def _without(table: pd.DataFrame, lexicon: Lexicon) -> list[str]:
    """Return how many draws failed, if any, and how many lines have no number, by reason."""
    failed = int(table["failed"].max())
    said = [say("draws_failed", lexicon, failed=failed)] if failed else []
    return said + [
        say(
            "no_number",
            lexicon,
            lines=len(rows),
            what=lexicon.mark("list").join(map(lexicon.term, dict.fromkeys(rows["term"]))),
            reason=reasons.cell(reason, lexicon),
        )
        for reason, rows in table[table["reason"] != ""].groupby("reason", sort=False)
    ]
