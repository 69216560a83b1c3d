"""The notes under a table with a line for each column."""

import math
from collections.abc import Mapping, Sequence

from pilotzone.catalogue import reasons
from pilotzone.catalogue.samples import SAMPLES
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import decode
from pilotzone.estimates import Column
from pilotzone.tables.cautions import caution_notes, few
from pilotzone.tables.notes import (
    drawn,
    how_made,
    municipalities,
    samples_text,
    stars_note,
)
from pilotzone.tables.sentences import not_identified, say
from pilotzone.tables.style import Style

# A placebo by this estimator is an outcome beside the point; by others, or of a treatment moved
# forward, it is another treatment.
BESIDE, MOVED = "twfe", "years_early"
REJECTED = 0.05
# A note with more than these would not fit below a table: the rest is told by the files.
MOST_LETTERS, MOST_SAMPLES = 3_500, 8
EFFECTS = ("direct", "indirect", "total")
# A reason that speaks of a matrix, not of a comparison.
OF_MATRIX = "largest_row_weight"
# Distributions of an error that was not resampled.
ANALYTIC = ("t", "normal")
# Place of a statistic among outcomes that were drawn where the null holds.
UNDER_NULL = "_drawn"


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
    # Cut from a declared one, a sample is told by the line and counted in the part flow.
    whole = [one for one in samples if len(samples) <= MOST_SAMPLES or one.id in SAMPLES]
    sentences = [
        say("lines", lexicon, exhibit=exhibit_id, folder=style.source.folder),
        say("sample", lexicon, samples=samples_text(whole, lexicon)),
        *_errors(table, lexicon),
        *municipalities(table, lexicon),
    ]
    if style.stars_shown and _starred(table, shown):
        sentences.append(stars_note(lexicon))
    if style.stars_shown:
        sentences += caution_notes(table, names, shown, style)
    sentences += _placebo_outcomes(table, names, style)
    sentences += [*_effects(table, lexicon), *_under_null(table, lexicon)]
    told = [*_compared(table, names, lexicon), *_lines_not_identified(table, names, lexicon)]
    if sum(map(len, (*sentences, *told))) > MOST_LETTERS:
        lost = sum(not column.identified for column in table)
        told = [say("in_models", lexicon, lost=lost, where=f"{style.source.folder}{exhibit_id}")]
    return (*sentences, *told)


def _starred(table: tuple[Column, ...], shown: Sequence[Sequence[str]]) -> bool:
    """Say whether some printed term has an estimate and a p-value; a statistic has no star."""
    rows = [c.terms[term] for c, terms in zip(table, shown, strict=True) for term in terms]
    return any(not (math.isnan(row["estimate"]) or math.isnan(row["p_value"])) for row in rows)


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
    """Return what the lines are compared with, and what is said of their matrices."""
    said: dict[str, dict[str, list[str]]] = {"weights": {}, "compared": {}}
    shown = [(c, name) for c, name in zip(table, names, strict=True) if c.identified]
    for column, name in shown:
        found = decode(str(column.model["reference"]))
        kind = "weights" if [reason.code for reason in found] == [OF_MATRIX] else "compared"
        if found:
            said[kind].setdefault(reasons.say(found, lexicon), []).append(name)
    return [
        say(kind, lexicon, what=_behind(texts, len(shown), lexicon))
        for kind, texts in said.items()
        if texts
    ]


def _behind(texts: Mapping[str, Sequence[str]], lines: int, lexicon: Lexicon) -> str:
    """Return each text behind the names that have it; none if all of so many lines have one.

    Of several texts behind the same names, which tell nobody whose they are, one is said.
    """
    if [len(names) for names in texts.values()] == [lines]:
        return next(iter(texts))
    joint, dash = lexicon.mark("semicolon"), lexicon.mark("dash")
    alike: dict[str, list[str]] = {}
    for text, names in texts.items():
        alike.setdefault(joint.join(dict.fromkeys(names)), []).append(text)
    return " | ".join(f"{n}{dash}{joint.join(few(said, lexicon))}" for n, said in alike.items())


def _effects(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return how the errors of spatial effects follow from those of the coefficients."""
    found = [
        (row["draws"], column.model["seed"])
        for column in table
        for term, row in column.terms.items()
        if column.literal.weights and term.partition(":")[0] in EFFECTS
        if row["distribution"] in ANALYTIC
    ]
    drawn_at = [pair for pair in found if not math.isnan(pair[0])]
    said = [say("effects", lexicon, draws=_draws(drawn_at, lexicon))] if drawn_at else []
    return said + ([say("effects_delta", lexicon)] if len(drawn_at) < len(found) else [])


def _under_null(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return how many outcomes were drawn where the null holds."""
    found = [
        (row["draws"], column.model["seed"])
        for column in table
        for term, row in column.terms.items()
        if term.endswith(UNDER_NULL)
    ]
    return [say("under_null", lexicon, draws=_draws(found, lexicon))] if found else []


def _draws(pairs: Sequence[tuple[float, float]], lexicon: Lexicon) -> str:
    """Return numbers of draws and seeds."""
    draws, seeds = (
        " / ".join(map(str, sorted({int(n) for n in one}))) for one in zip(*pairs, strict=True)
    )
    return say("draws", lexicon, draws=draws, seed=seeds)


def _errors(table: tuple[Column, ...], lexicon: Lexicon) -> list[str]:
    """Return how errors were made, behind the estimators unless one of them has all the kinds."""
    alike: dict[tuple[str, ...], list[Column]] = {}
    for column in table:
        if column.identified and _has_errors(column):
            kind = str(column.model["inference"]), column.literal.rows.panel
            alike.setdefault((*kind, drawn(column, lexicon)), []).append(column)
    # Columns that differ in the number of clusters share a sentence.
    made = {how: columns for columns in alike.values() if (how := how_made(columns, lexicon))}
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

    A name with several reasons stands behind the outcome, or the treatment, that tells them apart.
    """
    joint, comma = lexicon.mark("semicolon"), lexicon.mark("comma")
    lost = [(c, n) for c, n in zip(table, names, strict=True) if c.model["reason"]]
    names_of: dict[str, list[str]] = {}
    for column, name in lost:
        peers = [other for other, called in lost if called == name]
        told = _apart(peers) if len({peer.model["reason"] for peer in peers}) > 1 else []
        labels = [lexicon.variable(getattr(column.literal, field)) for field in told]
        names_of.setdefault(str(column.model["reason"]), []).append(comma.join([*labels, name]))
    return [
        not_identified(joint.join(dict.fromkeys(what)), reason, lexicon)
        for reason, what in names_of.items()
    ]


def _apart(peers: Sequence[Column]) -> list[str]:
    """Return which of outcome and treatment differ between columns."""
    fields = ("outcome", "treatment")
    return [f for f in fields if len({getattr(peer.literal, f) for peer in peers}) > 1]
