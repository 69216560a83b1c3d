"""Tables of the descriptive exhibits: which builder makes each kind, and from which parts."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

from pilotzone import estimates
from pilotzone.catalogue import Exhibit
from pilotzone.errors import UserError
from pilotzone.tables import (
    chains,
    claims,
    coupling,
    designs,
    disparity,
    index,
    notes,
    samples,
    uncertainty,
)
from pilotzone.tables.finish import finished
from pilotzone.tables.grid import Body, Grid, Parts
from pilotzone.tables.sentences import say
from pilotzone.tables.style import Style

Builder = Callable[[Parts, Style], Body]
# Kinds whose producers take the main sample whole.
OF_MAIN: dict[str, tuple[Builder, tuple[str, ...]]] = {
    "coupling": (coupling.coupling, ("", "statistics", "indicators")),
    "measure_gini": (disparity.gini, ("", "contributions")),
    "measure_convergence": (disparity.convergence, ("", "beta", "fits")),
    "measure_kernel": (disparity.kernel, ("", "shape")),
    "measure_markov": (chains.markov, ("", "classes", "chains", "ergodic", "tests")),
    "index_uncertainty": (uncertainty.index_uncertainty, ("", "agreement", "bootstrap")),
}
KINDS: dict[str, tuple[Builder, tuple[str, ...]]] = {
    "index_weights": (index.index_weights, ("", "system")),
    "index_summary": (index.index_summary, ("", "ranks")),
    "descriptives": (samples.descriptives, ("",)),
    "rollout": (samples.rollout, ("", "cohorts", "group_time")),
    "city_rollout": (samples.rollout, ("", "cohorts", "group_time")),
    "city_index": (index.city_index, ("", "weights", "absence")),
    "sample_flow": (samples.sample_flow, ("",)),
    "firm_index": (index.firm_index, ("", "weights")),
    "firm_sample_flow": (samples.sample_flow, ("",)),
    "design_audit": (designs.design_audit, ("",)),
    "moran": (designs.moran, ("",)),
    "claims": (claims.claims, ("", "rules")),
    **OF_MAIN,
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
    if exhibit.describe not in KINDS:
        known = ", ".join(KINDS)
        raise UserError(f"{exhibit_id}: no table for '{exhibit.describe}'; known: {known}")
    builder, names = KINDS[exhibit.describe]
    files = {part: folder / f"{exhibit_id}{'.' if part else ''}{part}.csv" for part in names}
    body = builder({part: estimates.read(path) for part, path in files.items()}, style)
    if exhibit.describe in OF_MAIN:
        said = say("sample", style.lexicon, samples=notes.samples_text(["main"], style.lexicon))
        body = dataclasses.replace(body, notes=(said, *body.notes))
    return finished(exhibit_id, exhibit, body, style)
