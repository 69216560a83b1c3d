"""The notes under a table, derived from what was estimated."""

import math
from collections.abc import Sequence
from itertools import groupby

import pandas as pd

from pilotzone.catalogue import Exhibit, Sample, reasons
from pilotzone.catalogue.places import MUNICIPALITIES
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import decode, encode
from pilotzone.estimates import LEVEL, Column
from pilotzone.tables.cautions import caution_notes
from pilotzone.tables.sentences import say
from pilotzone.tables.style import MINUS, STARS, Style, count

RESAMPLED = ("bootstrap", "permutation")
# Its draws and seed are those of the family of columns.
FAMILY = "test:romano_wolf"
# Of more samples the rows by step are in the file alone.
MOST_FLOWS = 8
# What a model row says of the time of its treatment.
MOVES = ("moved_forward", "lead_beside", "lead_by_clusters")


def regression_notes(table: tuple[Column, ...], style: Style) -> tuple[str, ...]:
    """Return the sentences under a table of regression columns.

    Raises
    ------
    UserError
        If a model row names a kind of inference that has no sentence.
    """
    lexicon = style.lexicon
    sentences = [_model(table, lexicon), *_sample(table, lexicon), *_inference(table, style)]
    sentences += [*_effects(table, lexicon), *municipalities(table, lexicon)]
    if style.stars_shown and any(column.identified for column in table):
        sentences.append(stars_note(lexicon))
        numbers = [column_numbers([i], lexicon) for i in range(1, len(table) + 1)]
        sentences += caution_notes(table, numbers, [list(c.terms) for c in table], style)
    sentences += [*_unidentified(table, lexicon), *_weights(table, lexicon)]
    sentences += _moved(table, lexicon)
    return tuple(sentences)


def _weights(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return what a spatial column says of its matrix: the largest weight of one neighbour."""
    texts = [
        _told(column, lexicon, of_treatment=False) if column.literal.weights else ""
        for column in table
    ]
    return [say("weights", lexicon, what=by_columns(texts, lexicon))] if any(texts) else []


def _moved(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return of which columns the treatment is moved in time, or stands beside its lead."""
    texts = [_told(column, lexicon, of_treatment=True) for column in table]
    return [say("compared", lexicon, what=by_columns(texts, lexicon))] if any(texts) else []


def _told(column: Column, lexicon: Lexicon, *, of_treatment: bool) -> str:
    """Return what an identified column says of its treatment, or whatever else it says."""
    if not (column.identified and column.model["reference"]):
        return ""
    said = decode(str(column.model["reference"]))
    return reasons.cell(encode(r for r in said if (r.code in MOVES) is of_treatment), lexicon)


def flow_notes(flow: pd.DataFrame, exhibit: Exhibit, lexicon: Lexicon) -> tuple[str, ...]:
    """Return, for each sample that stands inline, the rows that are left after each step."""
    inline = {column.rows.id: column.rows for column in exhibit.columns}
    said = []
    for name, steps in flow.groupby("sample", sort=False):
        ordered = steps.sort_values("step")
        left = (
            f"{reasons.cell(row.reason, lexicon)} {count(row.rows)}" for row in ordered.itertuples()
        )
        text = lexicon.mark("semicolon").join(left)
        said.append(say("flow", lexicon, sample=lexicon.sample(inline[name]), steps=text))
    if len(said) > MOST_FLOWS:
        return (say("in_flow", lexicon, samples=len(said)),)
    return tuple(said)


def support_notes(support: pd.DataFrame, exhibit: Exhibit, lexicon: Lexicon) -> tuple[str, ...]:
    """Return, for each event study, the cohorts that have rows at each event time."""
    semicolon, colon, listed = (lexicon.mark(n) for n in ("semicolon", "colon", "list"))
    said: dict[str, list[int]] = {}
    for position, column in enumerate(exhibit.column_ids(), start=1):
        rows = support[support["column"] == column]
        ordered = sorted(rows.itertuples(), key=lambda row: int(row.term.split(":")[1]))
        text = semicolon.join(
            row.term.split(":")[1].replace("-", MINUS)
            + colon
            + listed.join(map(lexicon.period, row.cohorts.split()))
            for row in ordered
        )
        if text:
            said.setdefault(text, []).append(position)
    return tuple(
        say(
            "support",
            lexicon,
            column=column_numbers(where, lexicon).replace("(", "").replace(")", ""),
            cohorts=text,
        )
        for text, where in said.items()
    )


def by_columns(texts: Sequence[str], lexicon: Lexicon) -> str:
    """Join the texts of the columns: one text if all agree, else each behind its columns.

    An empty text stands for a column to which the sentence does not apply.
    """
    groups: dict[str, list[int]] = {}
    for position, text in enumerate(texts, start=1):
        if text:
            groups.setdefault(text, []).append(position)
    if len(groups) == 1 and all(texts):
        return next(iter(groups))
    joint = lexicon.mark("semicolon")
    return joint.join(f"{column_numbers(where, lexicon)} {text}" for text, where in groups.items())


def column_numbers(positions: Sequence[int], lexicon: Lexicon) -> str:
    """Return column numbers with runs joined: (1)-(3), (5)."""
    runs = [
        [position for _, position in run]
        for _, run in groupby(enumerate(positions), key=lambda pair: pair[1] - pair[0])
    ]
    numbers = [f"({r[0]})" if len(r) == 1 else f"({r[0]})-({r[-1]})" for r in runs]
    return lexicon.mark("list").join(numbers)


def samples_text(names: Sequence[str | Sample], lexicon: Lexicon) -> str:
    """Return the descriptions of samples, one behind the other."""
    return lexicon.mark("semicolon").join(map(lexicon.sample_label, names))


def _within_sentence(label: str) -> str:
    return label[0].lower() + label[1:]


def _model(table: tuple[Column, ...], lexicon: Lexicon) -> str:
    models, effects = [], []
    for column in table:
        panel = column.literal.rows.panel
        model = lexicon.estimator(column.literal.estimator)
        names = [lexicon.effect(e, panel) for e in column.literal.effects_named]
        models.append(_within_sentence(model))
        effects.append(lexicon.mark("list").join(map(_within_sentence, names)))
    return say(
        "model", lexicon, model=by_columns(models, lexicon), effects=by_columns(effects, lexicon)
    )


def _sample(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    texts = [
        say(
            "sample_counts",
            lexicon,
            sample=lexicon.sample_label(column.literal.rows),
            units=lexicon.units(column.literal.rows.panel)[1],
            **{key: int(column.model[key]) for key in ("nobs", "n_units", "n_dropped")},
        )
        if column.identified
        else ""
        for column in table
    ]
    return [say("sample", lexicon, samples=by_columns(texts, lexicon))] if any(texts) else []


def _inference(table: tuple[Column, ...], style: Style) -> list[str]:
    texts = [how_made([column], style.lexicon) if column.identified else "" for column in table]
    if not any(texts):
        return []
    shown = "se" if style.show == "nostars" else style.show
    return [
        say(
            "inference",
            style.lexicon,
            shown=say(shown, style.lexicon, level=f"{100 * LEVEL:g}"),
            how=by_columns(texts, style.lexicon),
        )
    ]


def how_made(columns: Sequence[Column], lexicon: Lexicon) -> str:
    """Return how the errors of columns of one kind were made; an empty text if they have none."""
    column = columns[0]
    kind, _, cluster = str(column.model["inference"]).partition(":")
    if kind == "none":
        return ""
    panel = column.literal.rows.panel
    counts = {one.model["n_clusters"] for one in columns}
    degrees = {df for one in columns for df in _degrees_of_freedom(one)}
    return lexicon.computed(kind).format(
        cluster=lexicon.cluster(cluster or "unit", panel),
        clusters=" / ".join(str(int(n)) for n in sorted(counts) if not math.isnan(n)),
        df=" / ".join(sorted(degrees, key=lambda df: (len(df), df))),
        drawn=drawn(column, lexicon),
    )


def drawn(column: Column, lexicon: Lexicon) -> str:
    """Return draws and seed of the column's own test by resampling."""
    draws = [
        row["draws"]
        for term, row in column.terms.items()
        if row["distribution"] in RESAMPLED and term != FAMILY
    ]
    return lexicon.drawn(draws, [column.model["seed"]])


def _degrees_of_freedom(column: Column) -> set[str]:
    """Return the degrees of freedom of the column itself, not of its diagnostics."""
    return {
        row["df"]
        for term, row in column.terms.items()
        if row["distribution"] == "t" and not term.startswith("no_municipalities:")
    }


def _effects(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    texts, joint = [], lexicon.mark("list")
    for column in table:
        draws = {
            int(row["draws"])
            for term, row in column.terms.items()
            if term.startswith(("direct:", "indirect:", "total:")) and not math.isnan(row["draws"])
        }
        made = sorted(draws)
        seed = column.model["seed"]
        texts.append(
            say("draws", lexicon, draws=joint.join(map(str, made)), seed=int(seed)) if made else ""
        )
    return [say("effects", lexicon, draws=by_columns(texts, lexicon))] if any(texts) else []


def municipalities(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return which provinces the rows on municipalities leave out."""
    if not any(term.startswith("municipality_share:") for c in table for term in c.terms):
        return []
    names = [lexicon.unit_name(code) for code in MUNICIPALITIES]
    return [say("municipalities", lexicon, names=lexicon.mark("list").join(names))]


def stars_note(lexicon: Lexicon) -> str:
    """Return what the stars stand for."""
    marks = [f"{mark} p < {level:.2f}" for level, mark in STARS]
    return say("stars", lexicon, marks=lexicon.mark("comma").join(marks))


def _unidentified(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return what is not identified: whole columns, or a part of a column with its reason."""
    positions: dict[tuple[str, str], list[int]] = {}
    for position, column in enumerate(table, start=1):
        if column.model["reason"]:
            kind = "partly" if column.identified else "unidentified"
            positions.setdefault((kind, str(column.model["reason"])), []).append(position)
    return [
        say(
            kind,
            lexicon,
            columns=column_numbers(where, lexicon),
            reason=reasons.cell(reason, lexicon),
        )
        for (kind, reason), where in positions.items()
    ]
