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
from pilotzone.tables.cautions import caution_notes, few
from pilotzone.tables.sentences import not_identified, say
from pilotzone.tables.style import MINUS, STARS, Style, count

RESAMPLED = ("bootstrap", "permutation")
# Its draws and seed are those of the family of columns.
FAMILY = "test:romano_wolf"
# A placebo by this estimator is an outcome beside the point; by others, or of a treatment moved
# forward, it is another treatment.
BESIDE, MOVED = "twfe", "years_early"
# What a model row says of the time of its treatment.
MOVES = ("moved_forward", "lead_beside", "lead_by_clusters")
REJECTED = 0.05


def regression_notes(table: tuple[Column, ...], style: Style) -> tuple[str, ...]:
    """Return the sentences under a table of regression columns.

    Raises
    ------
    UserError
        If a model row names a kind of inference that has no sentence.
    """
    lexicon = style.lexicon
    sentences = [_model(table, lexicon), *_sample(table, lexicon), *_inference(table, style)]
    sentences += [*_effects(table, lexicon), *_municipalities(table, lexicon)]
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


def listing_notes(
    exhibit_id: str,
    table: tuple[Column, ...],
    names: Sequence[str],
    shown: Sequence[Sequence[str]],
    style: Style,
) -> tuple[str, ...]:
    """Return the sentences under a table with a line for each column.

    ``names`` are the lines' own descriptions, in the order of the columns; ``shown`` the terms
    that each prints.
    """
    lexicon = style.lexicon
    samples = list(dict.fromkeys(c.literal.rows for c in table))
    sentences = [
        say("lines", lexicon, exhibit=exhibit_id, folder=style.source.folder),
        say("sample", lexicon, samples=samples_text(samples, lexicon)),
        *_errors(table, lexicon),
        *_municipalities(table, lexicon),
    ]
    if style.stars_shown:
        sentences.append(stars_note(lexicon))
        sentences += caution_notes(table, names, shown, style)
    sentences += _placebo_outcomes(table, names, style)
    sentences += _compared(table, names, lexicon)
    sentences += _lines_not_identified(table, names, lexicon)
    return tuple(sentences)


def _placebo_outcomes(table: tuple[Column, ...], names: Sequence[str], style: Style) -> list[str]:
    """Return how many of the outcomes that should not move do, and which."""
    lexicon = style.lexicon
    comma, joint = lexicon.mark("comma"), lexicon.mark("semicolon")
    moved, count_of = [], 0
    for column, name in zip(table, names, strict=True):
        literal = column.literal
        beside = literal.estimator == BESIDE and not literal.option(MOVED)
        if literal.role != "placebo" or not beside or not column.identified:
            continue
        count_of += 1
        p_value = column.terms[literal.treatment]["p_value"]
        if p_value < REJECTED:
            what = [lexicon.variable(literal.outcome), lexicon.variable(literal.treatment), name]
            moved.append(f"{comma.join(what)} (p = {style.number(p_value)})")
    if not count_of:
        return []
    which = lexicon.mark("colon") + joint.join(moved) if moved else ""
    facts = {"n": len(moved), "of": count_of, "level": REJECTED, "which": which}
    return [say("placebo_outcomes", lexicon, **facts)]


def _compared(table: tuple[Column, ...], names: Sequence[str], lexicon: Lexicon) -> list[str]:
    """Return what the lines are compared with, each text behind the names that have it.

    Of several texts behind the same names, which tell nobody whose they are, one is said.
    """
    compared: dict[str, list[str]] = {}
    for column, name in zip(table, names, strict=True):
        if column.identified and column.model["reference"]:
            text = reasons.cell(str(column.model["reference"]), lexicon)
            compared.setdefault(text, []).append(name)
    joint, dash = lexicon.mark("semicolon"), lexicon.mark("dash")
    alike: dict[str, list[str]] = {}
    for text, found in compared.items():
        alike.setdefault(joint.join(dict.fromkeys(found)), []).append(text)
    texts = [f"{n}{dash}{joint.join(few(said, lexicon))}" for n, said in alike.items()]
    return [say("compared", lexicon, what=" | ".join(texts))] if texts else []


def _errors(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return how errors were made, behind the estimators unless one of them has all the kinds."""
    alike: dict[tuple[str, ...], list[Column]] = {}
    for column in table:
        if column.identified and _has_errors(column):
            kind = str(column.model["inference"]), column.literal.rows.panel
            alike.setdefault((*kind, _drawn(column, lexicon)), []).append(column)
    # Columns that differ in the number of clusters share a sentence.
    made = {how: columns for columns in alike.values() if (how := _how(columns, lexicon))}
    if not made:
        return []
    joint, colon = lexicon.mark("semicolon"), lexicon.mark("colon")
    used = [{column.literal.estimator for column in columns} for columns in made.values()]
    if set.intersection(*used):
        return [say("errors", lexicon, how=joint.join(made))]
    joint = joint if lexicon.english else lexicon.mark("list")
    several = {one for one in set.union(*used) if sum(one in names for names in used) > 1}
    texts = []
    for how, columns in made.items():
        labels = dict.fromkeys(_maker(column, several, lexicon) for column in columns)
        texts.append(f"{joint.join(labels)}{colon}{how}")
    return [say("errors", lexicon, how=" | ".join(texts))]


def _maker(column: Column, several: set[str], lexicon: Lexicon) -> str:
    """Return the estimator, with its inference where it stands behind several kinds."""
    literal = column.literal
    label = lexicon.estimator(literal.estimator)
    if literal.estimator not in several:
        return label
    return f"{label} ({lexicon.inference(literal.inference, literal.rows.panel)})"


def _has_errors(column: Column) -> bool:
    return any(
        not (math.isnan(row["std_error"]) and math.isnan(row["p_value"]))
        for row in column.terms.values()
    )


def _lines_not_identified(
    table: tuple[Column, ...], names: Sequence[str], lexicon: Lexicon
) -> list[str]:
    """Return why lines, or parts of them, are not identified.

    A name with several reasons stands behind its treatment.
    """
    comma = lexicon.mark("comma")
    joint = comma if lexicon.english else lexicon.mark("semicolon")
    lost = [
        (name, lexicon.variable(column.literal.treatment), str(column.model["reason"]))
        for column, name in zip(table, names, strict=True)
        if column.model["reason"]
    ]
    names_of: dict[str, list[str]] = {}
    for name, treatment, reason in lost:
        alone = len({other[2] for other in lost if other[0] == name}) == 1
        names_of.setdefault(reason, []).append(name if alone else f"{treatment}{comma}{name}")
    return [
        not_identified(joint.join(dict.fromkeys(what)), reason, lexicon)
        for reason, what in names_of.items()
    ]


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
    return tuple(said)


def support_notes(support: pd.DataFrame, exhibit: Exhibit, lexicon: Lexicon) -> tuple[str, ...]:
    """Return, for each event study, the cohorts that have rows at each event time."""
    semicolon, colon, listed = (lexicon.mark(n) for n in ("semicolon", "colon", "list"))
    said: dict[str, list[int]] = {}
    for position, column in enumerate(exhibit.column_ids(), start=1):
        rows = support[support["column"] == column]
        ordered = sorted(rows.itertuples(), key=lambda row: int(row.term.split(":")[1]))
        text = semicolon.join(
            row.term.split(":")[1].replace("-", MINUS) + colon + row.cohorts.replace(" ", listed)
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
    texts = [_how([column], style.lexicon) if column.identified else "" for column in table]
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


def _how(columns: Sequence[Column], lexicon: Lexicon) -> str:
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
        drawn=_drawn(column, lexicon),
    )


def _drawn(column: Column, lexicon: Lexicon) -> str:
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


def _municipalities(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
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
