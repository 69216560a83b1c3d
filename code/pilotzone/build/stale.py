"""What must be made anew, and why.

One rule: a product is stale if it is missing or older than one of its sources. Two exceptions make
the grain finer. The literals of an exhibit count by content, so that no word makes an estimate
stale. A file of a built panel keeps its time if its bytes stay, so that a corrected figure reaches
only the exhibits whose panel it changes; when panels were built says a stamp.
"""

import functools
import hashlib
import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pilotzone import exhibits
from pilotzone.build.sources import closure
from pilotzone.build.workers import ordered
from pilotzone.errors import UserError

if TYPE_CHECKING:
    from pilotzone.catalogue import Exhibit

PANELS = ("province", "city")
# Built with another panel, in files of its own.
BESIDE = ("province_2024",)
# Words are in the Stata files alone, and what a reader brings is in no panel.
NO_PANEL = ("pilotzone.panels.stata", "pilotzone.reader")
# Modules of literals, which count by content, and those of them that an estimator reads beside
# what its columns name, which count by time as any module does.
LITERALS = ("pilotzone.catalogue", "pilotzone.exhibits")
READ = tuple(
    f"pilotzone.catalogue.{name}"
    for name in ("columns", "controls", "effects", "formula", "indicators", "treatments")
)
# All estimates go through this package, which imports an estimator when it is asked for.
ENGINE = "pilotzone.engine"
# What pages take from the data: words, and the list of sources.
PRINTED = ("codebook.csv", "SHA256SUMS", "raw/provinces.csv", "raw/sources.csv")
# Pages of all exhibits together.
COLLECTIONS = (
    "report.html",
    "report.zh.html",
    "claims.json",
    "manifest.csv",
    "main_tables.docx",
    "appendix_tables.docx",
    "main.tex",
)


def modified(path: Path) -> int:
    """Return when a file was last written; raises as :meth:`Path.stat` does."""
    return path.stat().st_mtime_ns


def why(
    products: Collection[Path], sources: Iterable[Path], time: Callable[[Path], int] = modified
) -> str:
    """Return why products are stale, an empty text if they are not."""
    sources, times = list(sources), {}
    for path in (*products, *sources):
        try:
            times[path] = time(path)
        except (FileNotFoundError, NotADirectoryError):
            return f"{path} is not there"
    oldest = min(map(times.__getitem__, products))
    newer = next((path for path in sources if times[path] > oldest), None)
    return f"{newer} is newer" if newer else ""


class Project:
    """The files below a root, and what of them is stale."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.code = root / "code"
        self.derived = root / "data/derived"
        self.output = root / "output"
        self.estimates = self.output / "estimates"
        self.lock = root / "requirements.lock"

    @functools.cached_property
    def files(self) -> Mapping[str, Path]:
        """The file of every exhibit."""
        from pilotzone import exhibits

        return exhibits.paths()

    @functools.cached_property
    def exhibits(self) -> "Mapping[str, Exhibit]":
        """Every exhibit, in the order of the argument."""
        from pilotzone import exhibits

        return {exhibit_id: exhibits.load(exhibit_id) for exhibit_id in self.files}

    def panels(self) -> dict[str, str]:
        """Return the panels with the reason, if they are stale; they are built together."""
        sources = closure(self.code, ("build_panels",), NO_PANEL)
        figures = (self.root / "data/raw").rglob("*.csv")
        built = [self.derived / f"{panel}_panel.csv" for panel in (*PANELS, *BESIDE)]
        reason = why([self._stamp], [*figures, *sources, self.lock, *built])
        return dict.fromkeys(PANELS, reason) if reason else {}

    @property
    def _stamp(self) -> Path:
        return self.root / ".make/panels"

    def built(self) -> None:
        """Take note that the panels have been built."""
        self._stamp.parent.mkdir(parents=True, exist_ok=True)
        self._stamp.touch()

    def stata(self) -> dict[str, str]:
        """Return the panels with a stale Stata file, the only one that holds labels."""
        book = self.root / "data/codebook.csv"
        files = {panel: self.derived / f"{panel}_panel" for panel in PANELS}
        reasons = {
            panel: why([file.with_suffix(".dta")], [file.with_suffix(".csv"), book])
            for panel, file in files.items()
        }
        return {panel: reason for panel, reason in reasons.items() if reason}

    def stale(self, wanted: Iterable[str]) -> dict[str, str]:
        """Return the stale ones of exhibits and of what they need, needs first, with the reason.

        What `make bench` estimates is stale only if it is wanted itself.

        Raises
        ------
        UserError
            If an exhibit is unknown, or exhibits need each other.
        """
        wanted, time = set(wanted), functools.cache(modified)
        reasons: dict[str, str] = {}
        for exhibit_id in self._ordered(wanted):
            exhibit = self.exhibits[exhibit_id]
            if exhibit.built_by != "make" and exhibit_id not in wanted:
                continue
            anew = next((other for other in exhibit.needs if other in reasons), "")
            reason = f"it needs {anew}" if anew else self._why_estimate(exhibit_id, time)
            if reason:
                reasons[exhibit_id] = reason
        return reasons

    def require_long(self, wanted: Collection[str], shown: Collection[str]) -> None:
        """Refuse to begin without what `make bench` estimates and others need or show.

        Raises
        ------
        UserError
            If such an exhibit has no estimates and is not wanted itself.
        """
        asked = {*self._ordered(wanted), *shown} - set(wanted)
        long = (i for i in asked if self.exhibits[i].built_by != "make")
        lacking = sorted(i for i in long if not (self.estimates / f"{i}.csv").exists())
        if lacking:
            raise UserError(
                f"no estimates of {', '.join(lacking)}, which `make bench` makes; run it, or take "
                "the committed files back"
            )

    def needs(self, wanted: Collection[str]) -> dict[str, Sequence[str]]:
        """Return what each exhibit needs; raises as `stale` does.

        Those that draw come first: they take long, and what is short fills the end of a build.
        """
        self._ordered(wanted)
        found = {i: one.needs for i, one in self.exhibits.items() if i in wanted}
        return dict(sorted(found.items(), key=lambda pair: not self.exhibits[pair[0]].draws))

    def _ordered(self, wanted: Iterable[str]) -> Sequence[str]:
        needs: dict[str, Sequence[str]] = {}
        waiting = sorted(wanted)
        while waiting:
            exhibit_id = waiting.pop()
            if exhibit_id not in self.exhibits:
                raise UserError(f"no exhibit '{exhibit_id}'; `make list` prints those that exist")
            if exhibit_id not in needs:
                needs[exhibit_id] = self.exhibits[exhibit_id].needs
                waiting += needs[exhibit_id]
        return ordered(needs)

    def _why_estimate(self, exhibit_id: str, time: Callable[[Path], int]) -> str:
        digest, *names = self._read_note(exhibit_id)
        if not digest:
            return "not estimated here so far"
        if digest != self._digest(exhibit_id):
            return "its literals changed"
        exhibit = self.exhibits[exhibit_id]
        flow = exhibit.counts_rows
        tables = [path for panel in exhibit.panels() for path in self._tables(panel, flow)]
        needed = [self.estimates / f"{other}.csv" for other in exhibit.needs]
        modules = (ENGINE, *(name.partition(":")[0] for name in exhibit.functions()))
        sources = closure(self.code, modules, LITERALS, READ)
        files = [self.estimates / name for name in names]
        return why(files, [*tables, *needed, *sources, self.lock], time)

    def _tables(self, panel: str, flow: bool) -> list[Path]:
        """Return the built files of a panel, its flow if counted: a sample adds to that alone."""
        if panel not in (*PANELS, *BESIDE):
            return [self.derived / f"{panel}.csv"]
        weights = (self.derived / "weights").glob("*.csv")
        of_cities = panel == "city"
        others = [f"{other}_*.csv" for other in BESIDE if other != panel]
        own = (p for p in self.derived.glob(f"{panel}_*.csv") if not any(map(p.match, others)))
        return [
            self.derived / f"{panel}_panel.csv",
            *(p for p in own if flow or not p.match("*_flow.csv")),
            *(path for path in weights if path.name.startswith("city_") is of_cities),
        ]

    def _note(self, exhibit_id: str) -> Path:
        return self.root / ".make/exhibits" / exhibit_id

    def _read_note(self, exhibit_id: str) -> list[str]:
        note = self._note(exhibit_id)
        return note.read_text(encoding="utf-8").split() if note.exists() else [""]

    def estimated(self, exhibit_id: str, files: Iterable[str]) -> None:
        """Take note from which literals an exhibit has been estimated, and into what files."""
        note = self._note(exhibit_id)
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text("\n".join([self._digest(exhibit_id), *files]), encoding="utf-8")

    def _digest(self, exhibit_id: str) -> str:
        exhibit = self.exhibits[exhibit_id]
        literals = [exhibit.resolved(), exhibit.functions()]
        return hashlib.sha256(json.dumps(literals, sort_keys=True).encode()).hexdigest()

    def pages(self, ids: Collection[str]) -> dict[str, str]:
        """Return those of exhibits with a stale table or figure, each with the reason.

        Of all exhibits these are all, if a page on all of them is stale on its own.
        """
        shared, time = self._printing(), functools.cache(modified)
        reasons = {i: why(self.pages_of(i), [*shared, *self._printed(i)], time) for i in ids}
        stale = {exhibit_id: reason for exhibit_id, reason in reasons.items() if reason}
        if stale or set(ids) != set(self.files):
            return stale
        printed = [path for exhibit_id in ids for path in self._printed(exhibit_id)]
        reason = why([self.output / name for name in COLLECTIONS], [*shared, *printed], time)
        return dict.fromkeys(ids, reason) if reason else {}

    def _printing(self) -> list[Path]:
        endings = ("css", "js", "json", "toml")
        looks = [path for ending in endings for path in self.code.rglob(f"*.{ending}")]
        data = [self.root / "data" / name for name in PRINTED]
        return [*closure(self.code, ("render",)), *looks, *data]

    def _printed(self, exhibit_id: str) -> tuple[Path, ...]:
        # Stars hang on the measured size of tests as well.
        audits = self.estimates.glob("*inference_audit.csv")
        return self.estimates / f"{exhibit_id}.csv", self.files[exhibit_id], *sorted(audits)

    def pages_of(self, exhibit_id: str) -> list[Path]:
        """Return the files that are rendered of an exhibit."""
        pages = [f"tables/{exhibit_id}.{ending}" for ending in ("md", "tex", "docx")]
        if exhibits.drawn(exhibit_id, self.exhibits[exhibit_id], self.estimates):
            pages.append(f"figures/{exhibit_id}.png")
        return [self.output / name for name in pages]
