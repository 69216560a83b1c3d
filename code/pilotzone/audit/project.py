"""Where the files of a project lie and which exhibits it has."""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd

from pilotzone import estimates, exhibits, report
from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.words import Lexicon
from pilotzone.errors import UserError
from pilotzone.report import for_programs, journal, readme


@dataclasses.dataclass(frozen=True)
class Project:
    """A folder with data, output and known answers.

    Attributes
    ----------
    exhibits : mapping from id to (exhibit, its file)
    products : mapping from a file, seen from ``root``, to what gives its content from ``root``:
        whole files that are made anew and compared.
    """

    root: Path
    exhibits: Mapping[str, tuple[Exhibit, Path]]
    products: Mapping[str, Callable[[Path], str]] = dataclasses.field(default_factory=dict)

    @property
    def raw(self) -> Path:
        """The published figures."""
        return self.root / "data/raw"

    @property
    def sums(self) -> Path:
        """The checksums of the published figures."""
        return self.root / "data/SHA256SUMS"

    @property
    def derived(self) -> Path:
        """The panels."""
        return self.root / "data/derived"

    @property
    def output(self) -> Path:
        """What is judged."""
        return self.root / "output"

    @property
    def estimates(self) -> Path:
        """The estimates that are judged."""
        return self.output / "estimates"

    @property
    def frozen(self) -> Path:
        """The frozen copy of the estimates."""
        return self.root / "tests/reference/estimates"

    @property
    def made_by_make(self) -> tuple[str, ...]:
        """The exhibits that are estimated anew."""
        return tuple(i for i, (one, _) in self.exhibits.items() if one.built_by == "make")

    @property
    def long(self) -> tuple[str, ...]:
        """The exhibits that another command estimates, too long for an audit."""
        return tuple(i for i in self.exhibits if i not in self.made_by_make)


def whole(root: Path) -> Project:
    """Return the project below ``root`` with the exhibits of the default build."""
    found = {i: (exhibits.load(i), path) for i, path in exhibits.paths().items()}
    return Project(root, found, _products(root))


def _products(root: Path) -> dict[str, Callable[[Path], str]]:
    """Return the files that are made from the output as a whole, and the pages with parts of it."""
    made: dict[str, Callable[[Path], str]] = {
        **{
            f"output/{name}": functools.partial(_report, lexicon)
            for lexicon, name in report.NAMES.items()
        },
        f"output/{for_programs.NAME}": lambda folder: for_programs.build(folder / "output"),
        f"output/{for_programs.SCHEMA}": lambda folder: for_programs.schema(),
        f"output/{journal.NAME}": lambda folder: journal.document(folder / "output"),
    }
    for path in (root / "README.md", *sorted((root / "docs").glob("*.md"))):
        if readme.MARKED.search(path.read_bytes().decode(errors="replace")):
            name = path.relative_to(root).as_posix()
            made[name] = functools.partial(_filled, name)
    return made


def _report(lexicon: Lexicon, root: Path) -> str:
    return report.build(root / "output", lexicon)


def _filled(name: str, root: Path) -> str:
    return readme.fill((root / name).read_text(encoding="utf-8"), root / "output")


@functools.lru_cache(maxsize=256)
def _read(path: Path, stamp: tuple[int, int]) -> pd.DataFrame:
    return estimates.read(path)


def read(path: Path) -> pd.DataFrame:
    """Return an estimates file, which nobody may write to.

    Raises UserError if it is missing, or holds something else than its schema says.
    """
    try:
        status = path.stat()
        return _read(path, (status.st_mtime_ns, status.st_size))
    except FileNotFoundError:
        raise UserError(f"{path.name}: not there") from None
    except Exception as error:  # whatever a parser says about bytes of another kind
        text = str(error).partition("\n")[0].removeprefix(f"{path}: ")
        raise UserError(f"{path.name}: cannot be read: {text}") from None


def by_key(path: Path) -> pd.DataFrame:
    """Return an estimates file with its keys as index."""
    frame = read(path)
    schema = estimates.schema_of(tuple(frame.columns), path.name)
    return frame.set_index(list(schema.keys))


def has_terms(exhibit: Exhibit) -> bool:
    """Say whether an exhibit's main file has a row for each column and term."""
    return bool(exhibit.columns) and estimates.schema(exhibit, "") is estimates.ESTIMATES
