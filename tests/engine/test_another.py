"""Columns of another exhibit: read from its files, equal to what estimating them gives."""

import pandas as pd
import pytest

from pilotzone import engine, estimates, exhibits
from pilotzone.errors import UserError

HEAD = "from pilotzone.catalogue import Exhibit, grid\n\nEXHIBIT = Exhibit("
COLUMNS = (
    'columns=grid(outcome=("nqp", "nqp_long"), treatment="zone_first",'
    ' estimator=("twfe", "imputation"))'
)
SOURCE = f'title="t", title_zh="t", {COLUMNS}'
EVENTS = 'title="v", title_zh="v", columns_of="source", terms=("event", "zone_first")'


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Return a function that writes exhibits, each a text of fields, where they are looked for."""
    folder = tmp_path / "exhibits/base"
    folder.mkdir(parents=True)
    monkeypatch.setattr(exhibits, "FOLDER", tmp_path / "exhibits")

    def write(**fields):
        for name, text in fields.items():
            (folder / f"{name}.py").write_text(f"{HEAD}{text})\n", encoding="utf-8")

    return write


def files(folder, exhibit_id, parts):
    paths = estimates.write(folder, exhibit_id, exhibits.load(exhibit_id), parts)
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def test_what_is_read_is_what_would_be_estimated(written, panels, tmp_path, monkeypatch):
    written(source=SOURCE, events=EVENTS)
    files(tmp_path / "there", "source", engine.run("source", panels))
    anew = files(tmp_path / "anew", "events", engine.run("events", panels))
    monkeypatch.setattr(engine, "estimate", lambda *_: pytest.fail("estimated twice"))
    read = files(tmp_path / "read", "events", engine.run("events", panels, tmp_path / "there"))
    assert read == anew
    assert set(read) == {"events.csv", "events.models.csv", "events.cautions.csv"}
    rows = pd.read_csv(tmp_path / "read/events.csv")
    assert set(rows["term"].str.partition(":")[0]) == {"event", "zone_first"}


def test_the_other_exhibit_is_estimated_first(written):
    written(source=SOURCE, events=EVENTS)
    assert exhibits.load("events").needs == ("source",)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"source": f'{SOURCE}, terms=("event",)', "events": EVENTS}, "'source' keeps some terms "),
        (
            {"source": SOURCE, "events": f"{EVENTS}, {COLUMNS}"},
            "it has columns of its own",
        ),
    ],
)
def test_columns_that_cannot_be_taken_are_refused(written, fields, said):
    written(**fields)
    with pytest.raises(UserError, match=f"exhibit 'events' takes the columns of 'source': {said}"):
        exhibits.load("events")
