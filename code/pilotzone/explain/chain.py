"""From a printed column back to the published figures, a line for each link."""

import ast
import csv
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path

from pilotzone import exhibits
from pilotzone.catalogue import Exhibit, Specification
from pilotzone.catalogue.exhibit import ENGINE
from pilotzone.catalogue.formula import sources
from pilotzone.catalogue.words import ENGLISH
from pilotzone.errors import UserError
from pilotzone.explain.lacking import NAMING
from pilotzone.panels import city_variables, province, province_2024, province_indices

# Panels on the figures of another one.
FIGURES_OF = {"city_sums": "city", "province_2024": "province"}
FORMULAS = {
    "province": province.SOURCE.formulas | province_2024.FORMULAS,
    "city": city_variables.SOURCE.formulas,
}
VARIANTS = {
    "province": (*province_indices.VARIANTS, *province_indices.REBUILT, *province_2024.VARIANTS),
    "city": city_variables.VARIANTS,
}
# Where the treatments of a panel are coded.
TREATMENTS = "data/raw/pilot_zones.csv by code/pilotzone/panels/rollout.py"


def chain(exhibit_id: str, exhibit: Exhibit, literals: Path, column: str, root: Path) -> list[str]:
    """Return the links from the table of an exhibit to the published figures.

    Parameters
    ----------
    exhibit_id : str
    exhibit : Exhibit
    literals : Path
        Its file.
    column : str
        Id of a column.
    root : Path
        Of the project.

    Raises
    ------
    UserError
        If the exhibit has no columns, or none of this id.
    """
    specs = dict(zip(exhibit.column_ids(), exhibit.columns, strict=True))
    if column not in specs:
        known = "; ".join(specs) or "none, it is a description"
        raise UserError(f"'{exhibit_id}' has no column '{column}'; its columns: {known}")
    spec = specs[column]
    pictured = exhibits.drawn(exhibit_id, exhibit, root / "output/estimates")
    return [
        *(f"table      output/tables/{exhibit_id}.{ending}" for ending in ("md", "tex", "docx")),
        *([f"figure     output/figures/{exhibit_id}.png"] if pictured else []),
        f"exhibit    {literals.relative_to(root)}:{_line(literals, 'EXHIBIT')}",
        f"column     {column}: {_described(spec)}",
        *_functions(spec, root),
        *_rows(exhibit_id, column, root),
        *_variables(spec, root),
    ]


def _line(path: Path, name: str) -> int:
    """Return the line on which a name of a module is defined."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        targets = [t.id for t in getattr(node, "targets", []) if isinstance(t, ast.Name)]
        if getattr(node, "name", None) == name or name in targets:
            return node.lineno
    raise UserError(f"{path}: defines no '{name}'")


def _described(spec: Specification) -> str:
    fields = ("outcome", "treatment", "controls", "sample", "weights", "effects", "inference")
    parts = [f"{name}={spec.dimension(name)}" for name in fields]
    parts += [f"{name}={value}" for name, value in spec.options]
    drawn = spec.inference
    if drawn.draws is not None:
        parts.append(f"draws={drawn.draws} seed={drawn.seed}")
    return ", ".join(parts)


def _functions(spec: Specification, root: Path) -> Iterator[str]:
    functions = {"estimator": spec.method.function, "inference": spec.inference.kind.function}
    for what, function in functions.items():
        if function:
            module, _, name = function.partition(":")
            path = Path(importlib.util.find_spec(ENGINE + module).origin)
            where = f"{path.relative_to(root)}:{_line(path, name)}"
            label = ENGLISH.estimator(spec.estimator) if what == "estimator" else ""
            yield f"{what}  {where} {name}{f' ({label})' if label else ''}"


def _rows(exhibit_id: str, column: str, root: Path) -> Iterator[str]:
    for part in ("", ".models"):
        name = f"output/estimates/{exhibit_id}{part}.csv"
        path = root / name
        if not path.exists():
            yield f"estimates  {name}: not there; run `make {name}`"
            continue
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            lines = [reader.line_num for row in reader if row.get("column") == column]
        if lines:
            last = f"-{lines[-1]}" if len(lines) > 1 else ""
            yield f"estimates  {name}:{lines[0]}{last}"
        elif not part:
            yield f"estimates  {name}: no row, the column is not identified"


def _variables(spec: Specification, root: Path) -> Iterator[str]:
    panel = FIGURES_OF.get(spec.rows.panel, spec.rows.panel)
    yield f"panel      data/derived/{spec.rows.panel}_panel.csv, sample '{spec.rows.id}'"
    chosen = [n for key, text in spec.options if key in NAMING for n in str(text).split()]
    names = dict.fromkeys([spec.outcome, spec.treatment, *spec.control_variables, *chosen])
    raw: dict[str, None] = {}
    for name in names:
        text, figures = _made(name, panel, spec)
        yield f"variable   {name} = {text}"
        for figure in figures:
            raw |= dict.fromkeys(province_2024.READS.get(figure, (figure,)))
    yield from _published(raw, panel, root)


def _made(name: str, panel: str, spec: Specification) -> tuple[str, Iterable[str]]:
    """Return how a variable is made, and the published figures that it reads."""
    formulas = FORMULAS.get(panel, {})
    for variant in VARIANTS.get(panel, ()):
        if variant.id == name:
            system = variant.system
            text = f"{variant.method} weights of {', '.join(system.ids)}"
            return text, [v for i in system.indicators for v in i.sources]
    if name in formulas:
        return formulas[name], sources(formulas[name])
    if name == spec.treatment and name.startswith("zone"):
        return TREATMENTS, ()
    if name.startswith("policy_"):
        return f"data/raw/policies/{name.removeprefix('policy_')}.csv", ()
    return f"column of the {panel} panel, see code/pilotzone/panels", (name,)


def _published(names: Iterable[str], panel: str, root: Path) -> Iterator[str]:
    """Yield publication and check of each published variable, and its file."""
    path = root / f"data/raw/{panel}_variables.csv"
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="") as file:
        known = {row["variable"]: row for row in csv.DictReader(file)}
    for name in names:
        if name in known:
            said = [known[name].get(field, "") for field in ("publication", "source", "check")]
            text = "; ".join(filter(None, said))
            yield f"published  {name} in data/raw/{panel}_figures.csv: {text}"
