"""Notebooks: stored without outputs, nothing typed that a cell could print, all cells run."""

import json
import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "code/notebooks"
NAMES = ["01_argument", "02_own_index_and_outcome", "03_estimators"]
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_SECONDS = 60


def stored(name):
    return json.loads((FOLDER / f"{name}.ipynb").read_text(encoding="utf-8"))


def sources(name, kind):
    return ["".join(cell["source"]) for cell in stored(name)["cells"] if cell["cell_type"] == kind]


def test_these_are_all():
    assert sorted(path.stem for path in FOLDER.iterdir() if path.suffix) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_and_fixed_metadata(name):
    import nbformat

    book = stored(name)
    assert book["metadata"] == METADATA
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert [cell["id"] for cell in book["cells"]] == [
        f"cell-{number:02d}" for number in range(1, len(book["cells"]) + 1)
    ]
    for cell in book["cells"]:
        assert cell["metadata"] == {}
        if cell["cell_type"] == "code":
            assert cell["outputs"] == []
            assert cell["execution_count"] is None
    nbformat.validate(nbformat.from_dict(book))


@pytest.mark.parametrize("name", NAMES)
def test_prose_holds_no_result(name):
    for text in sources(name, "markdown"):
        assert not re.search(r"\d[.,]\d|\d\s?%", text), text


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs_and_writes_no_file(name, tmp_path, monkeypatch):
    import nbformat
    from nbclient import NotebookClient

    # A reader's own start-up files of IPython would be run as well.
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    place = tmp_path / "here"
    place.mkdir()
    book = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)
    NotebookClient(
        book,
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(place)}},
        extra_arguments=["--log-level=40"],
    ).execute()
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert not [o.text for o in outputs if o.get("name") == "stderr"]
    assert not list(place.iterdir())
    asked = sum(text.startswith("figure(") for text in sources(name, "code"))
    shown = sum("image/png" in output.get("data", {}) for output in outputs)
    assert shown >= asked
    assert all(cell.outputs for cell in book.cells[-1:] if cell.cell_type == "code")
