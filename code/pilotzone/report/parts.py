"""What the page shows: the exhibits in the order of the argument, with what belongs to each."""

import ast
import dataclasses
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits, tables
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.words import ENGLISH, Lexicon
from pilotzone.tables.finish import literals_file
from pilotzone.tables.grid import Grid
from pilotzone.tables.style import Style

BOARD = "claims"
# The order of the argument within the groups; an exhibit that is not named stands behind them.
ARGUMENT = (
    *("claims", "sample_flow", "descriptives", "index_weights", "index_summary", "rollout"),
    *("did_baseline", "spatial_baseline"),
    *("coding_matrix", "continuous_treatment", "inference", "event_study", "honest_did"),
    *("bounds", "dose_dynamic"),
    *("goodman_bacon", "negative_weights", "staggered", "staggered_event", "psm_did", "placebo"),
    *("robustness", "cbec_level", "heterogeneity", "moderation", "mechanism"),
    *("development_concepts", "design_audit"),
    *("moran", "spatial_tests", "spatial_models", "spatial_effects", "spatial_sensitivity"),
    *("spatial_placebo", "spatial_did", "spatial_dynamic", "spatial_regions"),
    *("spatial_moderation", "aggregation"),
    *("city_index", "city_rollout", "city_did", "city_trends", "city_inference"),
    *("city_event_study",),
    *("city_honest_did", "city_goodman_bacon", "city_staggered", "city_staggered_event"),
    *("city_psm_did", "city_placebo", "city_robustness", "city_heterogeneity"),
    *("city_mechanism", "city_spillover", "city_network"),
    *("measure_gini", "measure_convergence", "measure_kernel", "measure_markov", "coupling"),
)


@dataclasses.dataclass(frozen=True)
class Part:
    """An exhibit on the page.

    Attributes
    ----------
    path : Path
        Its file of literals.
    models : DataFrame or None
        The model rows; None for an exhibit without regression columns.
    """

    id: str
    group: str
    path: Path
    exhibit: Exhibit
    grid: Grid
    models: pd.DataFrame | None

    @property
    def source(self) -> str:
        """The file of literals below the root of the package."""
        return literals_file(self.id)

    @property
    def purpose(self) -> str:
        """The first paragraph of the file's docstring."""
        said = ast.get_docstring(ast.parse(self.path.read_text(encoding="utf-8"))) or ""
        return " ".join(said.split("\n\n")[0].split())

    @property
    def roles(self) -> tuple[str, ...]:
        """The roles of the columns; an exhibit without columns describes."""
        roles = dict.fromkeys(column.role for column in self.exhibit.columns)
        return tuple(roles) or ("descriptive",)


def in_order() -> dict[str, Path]:
    """Return the file of every exhibit by id, in the order of the argument."""
    place = {exhibit_id: at for at, exhibit_id in enumerate(ARGUMENT)}
    paths = exhibits.paths()
    groups = {exhibit_id: exhibits.GROUPS.index(p.parent.name) for exhibit_id, p in paths.items()}
    ordered = sorted(paths, key=lambda i: (groups[i], place.get(i, len(place))))
    return {exhibit_id: paths[exhibit_id] for exhibit_id in ordered}


def missing(output: Path) -> list[str]:
    """Return the exhibits of the default build that lack their estimates or their figure."""
    return [exhibit_id for exhibit_id in in_order() if not _is_there(exhibit_id, output)]


def read(output: Path, lexicon: Lexicon = ENGLISH) -> list[Part]:
    """Return the exhibits in the order of the argument, with tables in a language.

    Raises
    ------
    UserError
        If a file of an exhibit is missing, or a label is.
    """
    style = Style(lexicon=lexicon)
    return [_part(name, path, output / "estimates", style) for name, path in in_order().items()]


def _is_there(exhibit_id: str, output: Path) -> bool:
    figure = output / "figures" / f"{exhibit_id}.png"
    exhibit, folder = exhibits.load(exhibit_id), output / "estimates"
    drawn = figure.exists() or not exhibits.drawn(exhibit_id, exhibit, folder)
    return drawn and (output / "estimates" / f"{exhibit_id}.csv").exists()


def _part(exhibit_id: str, path: Path, folder: Path, style: Style) -> Part:
    exhibit = exhibits.load(exhibit_id)
    grid = tables.build(exhibit_id, exhibit, folder, style)
    models = estimates.read(folder / f"{exhibit_id}.models.csv") if exhibit.columns else None
    return Part(exhibit_id, path.parent.name, path, exhibit, grid, models)
