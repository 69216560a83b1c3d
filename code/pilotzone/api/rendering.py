"""A table of fits by the project's own renderer."""

import dataclasses
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from pilotzone import estimates, tables
from pilotzone.api.protocol import Found
from pilotzone.catalogue import Exhibit, Specification
from pilotzone.errors import UserError
from pilotzone.tables import latex, markdown, web, word
from pilotzone.tables.grid import Grid
from pilotzone.tables.style import Source, Style

# A table of its own is the first.
NAME = "1"
TITLE = ("Estimates", "估计结果")


@dataclasses.dataclass(frozen=True, eq=False, repr=False)
class Table:
    """A table that four renderings print.

    Attributes
    ----------
    grid : Grid
        Its cells as text, before any markup.
    """

    grid: Grid

    def markdown(self) -> str:
        """Return the table as Markdown."""
        return markdown.render(self.grid)

    def latex(self) -> str:
        """Return the table as LaTeX (booktabs, siunitx)."""
        return latex.render(self.grid)

    def html(self) -> str:
        """Return the table as an HTML fragment with its notes."""
        return f"<style>{web.STYLESHEET}</style>\n{web.render(self.grid)}"

    def word(self) -> bytes:
        """Return the table as a Word file."""
        return word.render(self.grid)

    def save(self, path: str | Path) -> Path:
        """Write the table by the ending of a path and return the path.

        Parameters
        ----------
        path : str or Path
            Ends with ``.md``, ``.tex``, ``.html`` or ``.docx``.

        Raises
        ------
        UserError
            If it ends otherwise, or its folder is not there.
        """
        target = Path(path)
        made: dict[str, Callable[[], str | bytes]] = {
            ".md": self.markdown,
            ".tex": self.latex,
            ".html": self.html,
            ".docx": self.word,
        }
        if target.suffix not in made:
            raise UserError(f"{target.name}: a table is saved as {', '.join(made)}")
        if not target.parent.is_dir():
            raise UserError(f"{target}: there is no folder '{target.parent}'")
        content: str | bytes = made[target.suffix]()
        whole = content.encode() if isinstance(content, str) else content
        estimates.replace_bytes(target, whole)
        return target

    def __repr__(self) -> str:
        """Return the table as Markdown."""
        return self.markdown()

    def _repr_html_(self) -> str:
        return self.html()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Look:
    """How a table prints, see :func:`pilotzone.api.tables.table`."""

    style: str = "se"
    decimals: int = 3
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    title: str = ""
    language: str = "en"


def rendered(fits: Sequence[Found], look: Look) -> Table:
    """Return fits side by side, written as the files of an exhibit and rendered from them."""
    names = {name: pair for fit in fits for name, pair in fit.lexicon.variables.items()}
    for name, pair in names.items():
        said = look.labels.get(pair[0])
        names[name] = (said, said) if said else pair
    lexicon = dataclasses.replace(fits[0].lexicon, language=look.language, variables=names)
    style = Style(look.style, lexicon, look.decimals, Source(file="data", folder=""))
    titles = (look.title, look.title) if look.title else TITLE
    exhibit = Exhibit(
        title=titles[0], title_zh=titles[1], columns=_columns([_spec(fit) for fit in fits])
    )
    with tempfile.TemporaryDirectory() as made:
        estimates.write(Path(made), NAME, exhibit, _parts(exhibit, fits))
        return Table(tables.build(NAME, exhibit, Path(made), style))


def _spec(fit: Found) -> Specification:
    """Return the specification of a fit; what has none stands in no table of regressions."""
    if fit.spec is None:
        raise UserError(f"{fit.title} is no regression and stands in no table; see .tidy()")
    return fit.spec


def _columns(specs: Sequence[Specification]) -> tuple[Specification, ...]:
    """Return specifications with an id for each, and one for each distinct sample."""
    samples = list(dict.fromkeys(spec.rows for spec in specs))
    named = [dataclasses.replace(one, id=f"own_{k}") for k, one in enumerate(samples, start=1)]
    return tuple(
        dataclasses.replace(spec, id=f"({k})", sample=named[samples.index(spec.rows)])
        for k, spec in enumerate(specs, start=1)
    )


def _parts(exhibit: Exhibit, fits: Sequence[Found]) -> dict[str, pd.DataFrame]:
    """Return the fits as the estimates files of an exhibit."""
    found: dict[str, list[pd.DataFrame]] = {"": [], "models": [], "cautions": []}
    for spec, fit in zip(exhibit.columns, fits, strict=True):
        where = {"exhibit": NAME, "column": spec.id}
        rows = fit.rows.assign(**where, role=spec.role, outcome=spec.outcome)
        found[""].append(rows)
        found["models"].append(pd.DataFrame([{**where, **fit.model, "sample": spec.rows.id}]))
        cautions = fit.parts.get("cautions")
        if cautions is not None:
            own = cautions[cautions["term"].isin(rows["term"])]
            found["cautions"].append(own.assign(**where))
    return {name: pd.concat(f, ignore_index=True) for name, f in found.items() if sum(map(len, f))}
