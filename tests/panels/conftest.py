"""Copies of ``data/raw`` in which a test can spoil one thing."""

import csv
import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pilotzone.panels.raw import declared, reading, schema, source, tables
from pilotzone.panels.raw.source import Source

RAW = Path(__file__).resolve().parents[2] / "data" / "raw"
# What the checks across tables read, and one variable of each other kind: enough for every check.
KEPT = {
    "province": {
        *(v for parts, whole in declared.PARTS_OF for v in (*parts, whole)),
        *declared.VALUE_ADDED,
        *declared.INDUSTRIES,
        "gdp_100m_cny",
        "high_tech_profits_100m_cny",
        "cpi_prev_year_100",
        "tertiary_share_as_published_pct",
    },
    "city": {
        *declared.CITY_VALUE_ADDED,
        "gdp_as_published_100m_cny",
        "gdp_index_prev_year_100",
        "urbanisation_pct",
    },
}
# Years and units that stay: all provinces, so that totals are compared.
YEARS = ("2015", "2018")
CITIES = ("340100", "371200", "440300")


class RawCopy:
    """A folder of tables; row 0 of a table is line 2 of its file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def write(self, name: str, rows: list[dict[str, str]]) -> None:
        with (self.folder / name).open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, rows[0], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def line_of(self, name: str, where: dict[str, str]) -> int:
        """Return the line of the first row that has these cells."""
        for line, row in enumerate(self.read(name), start=2):
            if where.items() <= row.items():
                return line
        raise LookupError(f"{name}: {where}")

    def set(self, name: str, where: dict[str, str], column: str, value: str) -> int:
        """Overwrite one cell and return its line."""
        rows = self.read(name)
        at = next(at for at, row in enumerate(rows) if where.items() <= row.items())
        rows[at][column] = value
        self.write(name, rows)
        return at + 2

    def drop(self, name: str, where: dict[str, str]) -> None:
        """Remove all rows that have these cells."""
        rows = self.read(name)
        kept = [row for row in rows if not where.items() <= row.items()]
        assert len(kept) < len(rows)
        self.write(name, kept)

    def lines(self, name: str, change: Callable[[list[str]], list[str]]) -> None:
        """Rewrite a file line by line."""
        path = self.folder / name
        lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join(change(lines)) + "\n", encoding="utf-8")


@pytest.fixture(scope="session")
def raw_folder() -> Path:
    """The published figures."""
    return RAW


def _declare(variables: list[dict[str, str]], figures: list[dict[str, str]], level: str) -> None:
    """Write the coverage of the figures into the rows of their variables."""
    units = {"province": "provinces", "city": "cities"}[level]
    for row in variables:
        cells = [cell for cell in figures if cell["variable"] == row["variable"]]
        row["first_year"] = min(cell["year"] for cell in cells)
        row["last_year"] = max(cell["year"] for cell in cells)
        row["cells"] = str(len(cells))
        row[units] = str(len({cell[f"{level}_code"] for cell in cells}))


@pytest.fixture(scope="session")
def reduced_raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables with fewer variables, years and cities, so that a test reads them fast."""
    folder = tmp_path_factory.mktemp("reduced") / "raw"
    shutil.copytree(RAW, folder)
    copy = RawCopy(folder)
    for level, kept in KEPT.items():
        figures = [
            row
            for row in copy.read(f"{level}_figures.csv")
            if row["variable"] in kept
            and (row["year"] in YEARS if level == "province" else row["city_code"] in CITIES)
        ]
        variables = copy.read(f"{level}_variables.csv")
        variables = [row for row in variables if row["variable"] in kept]
        _declare(variables, figures, level)
        copy.write(f"{level}_figures.csv", figures)
        copy.write(f"{level}_variables.csv", variables)
    totals = [row for row in copy.read("national_totals.csv") if row["year"] in YEARS]
    totals = [row for row in totals if row["variable"] in KEPT["province"]]
    copy.write("national_totals.csv", totals)
    return folder


# What a table is checked against, beside its own cells.
AGAINST = ("provinces.csv", "cities.csv", "province_variables.csv", "city_variables.csv")
CHECKED = (
    *((tables, name) for name in ("exchange_rate", "provinces", "cities", "variables")),
    *((tables, name) for name in ("province_figures", "city_figures", "national_totals")),
    *((tables, name) for name in ("province_contiguity", "city_contiguity", "cbec_scale")),
    *((reading, name) for name in ("pilot_zones", "policy_rosters")),
    (schema, "validate"),
)


@pytest.fixture(scope="session")
def passed() -> dict[tuple[object, ...], object]:
    """What passed, by the function and the bytes of all that it was checked against."""
    return {}


@pytest.fixture
def raw_copy(
    reduced_raw: Path,
    tmp_path: Path,
    passed: dict[tuple[object, ...], object],
    monkeypatch: pytest.MonkeyPatch,
) -> RawCopy:
    """A copy of the reduced tables that the test may spoil; what passed once is not asked again."""

    def once(check: Callable[..., object]) -> Callable[..., object]:
        def checked(first: Source | Path, *told: object) -> object:
            # The rosters are read from a folder, every other table is one file.
            folder, name = (first.folder, first.name) if isinstance(first, Source) else (first, "")
            own = [folder / name] if name else sorted((folder / "policies").iterdir())
            paths = *own, *(folder / other for other in AGAINST)
            key = check, name, *(path.read_bytes() if path.exists() else None for path in paths)
            if key not in passed:
                passed[key] = check(first, *told)
            return passed[key]

        return checked

    def read(folder: Path, name: str) -> Source:
        path = folder / name
        key = name, path.read_bytes() if path.exists() else None
        if key not in passed:
            passed[key] = as_text(folder, name)
        return dataclasses.replace(passed[key], folder=folder)

    as_text = source.read
    monkeypatch.setattr(source, "read", read)
    for module, name in CHECKED:
        monkeypatch.setattr(module, name, once(getattr(module, name)))
    return RawCopy(shutil.copytree(reduced_raw, tmp_path / "raw"))
