"""Tables of the descriptive exhibits: which builder makes each kind, and from which parts."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from pilotzone import estimates
from pilotzone.catalogue import Description, Exhibit
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.tables import (
    chains,
    claims,
    coupling,
    designs,
    detectable,
    disparity,
    faultbench,
    index,
    multiverse,
    notes,
    samples,
    uncertainty,
    verdict_audit,
)
from pilotzone.tables.finish import finished
from pilotzone.tables.grid import Body, Grid, Parts
from pilotzone.tables.sentences import say
from pilotzone.tables.style import Style

Builder = Callable[[Parts, Style], Body]
# Kinds whose builders leave it to the note to name the sample.
NOTED: dict[str, Builder] = {
    "descriptives": samples.descriptives,
    "coupling": coupling.coupling,
    "inequality": disparity.gini,
    "convergence": disparity.convergence,
    "densities": disparity.kernel,
    "transitions": chains.markov,
    "index_uncertainty": uncertainty.index_uncertainty,
}
# What is said of the declaration itself, before what the files say.
DECLARED: dict[str, Callable[[Description, Lexicon], str]] = {
    "multiverse": multiverse.of_lattice,
    "verdict_audit": verdict_audit.of_draws,
}
KINDS: dict[str, Builder] = {
    "index_weights": index.index_weights,
    "index_summary": index.index_summary,
    "index": index.index_moments,
    "rollout": samples.rollout,
    "sample_flow": samples.sample_flow,
    "design_audit": designs.design_audit,
    "inference_audit": designs.inference_audit,
    "detectable": detectable.detectable,
    "moran": designs.moran,
    "claims": claims.claims,
    "claim_checks": claims.claim_checks,
    "verdict_audit": verdict_audit.verdict_audit,
    "faultbench": faultbench.faultbench,
    "multiverse": multiverse.multiverse,
    **NOTED,
}


def descriptive_grid(exhibit_id: str, exhibit: Exhibit, folder: Path, style: Style) -> Grid:
    """Return the table of an exhibit without regression columns.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    folder : Path
        The estimates files.
    style : Style

    Raises
    ------
    UserError
        If the exhibit describes something for which there is no table, or a file is missing.
    """
    kind = exhibit.describe.kind
    if kind not in KINDS:
        raise UserError(f"{exhibit_id}: no table for '{kind}'; known: {', '.join(KINDS)}")
    files = {
        part: folder / f"{exhibit_id}{'.' if part else ''}{part}.csv"
        for part in exhibit.describe.record.parts
    }
    # A part that no panel of the kind has to have may be absent; the main one never is.
    parts = {
        part: estimates.read(path) for part, path in files.items() if not part or path.exists()
    }
    body = KINDS[kind](parts, style)
    if kind in NOTED:
        of = notes.samples_text([exhibit.describe.rows], style.lexicon)
        said = say("sample", style.lexicon, samples=of)
        body = dataclasses.replace(body, notes=(said, *body.notes))
    if kind in DECLARED:
        said = DECLARED[kind](exhibit.describe, style.lexicon)
        body = dataclasses.replace(body, notes=(said, *body.notes))
    return finished(exhibit_id, exhibit, body, style)
