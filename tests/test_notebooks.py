"""Notebooks: stored without outputs, nothing typed that a cell could print, all cells run."""

import importlib
import json
import re
import sys
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


@pytest.fixture(scope="module")
def nbformat():
    """The module, without the grammar of web addresses: no notebook needs it, it takes a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "rfc3987_syntax", None)
        return importlib.import_module("nbformat")


@pytest.mark.parametrize("name", NAMES)
def test_no_outputs_and_fixed_metadata(name, nbformat):
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


# What a browser fetches by itself from another host; a link waits for a reader.
FETCHED = (
    r"<(?:script|link|img|iframe|source|video|audio|embed|object|use)\b[^>]*"
    r"(?:src|href|data)\s*=\s*[\"']?(?:https?:)?//",
    r"@import\s+(?:url\()?[\"']?(?:https?:)?//",
    r"url\(\s*[\"']?(?:https?:)?//",
    r"\b(?:from|import)\b\s*\(?\s*[\"'](?:https?:)?//",
)


def fetched(page):
    return [found for pattern in FETCHED for found in re.findall(pattern, page)]


def converted(root, template, folder, monkeypatch, nbformat):
    """Return the page that make notebooks would write of a small notebook."""
    from nbconvert.nbconvertapp import NbConvertApp

    makefile = (root / "Makefile").read_text(encoding="utf-8")
    told = re.search(r"-m nbconvert (.*?)--output-dir", makefile, re.DOTALL)[1]
    options = told.replace("\\\n", " ").replace("--execute", "").split()
    options[options.index("--template") + 1] = template
    new = nbformat.v4
    cells = [
        new.new_markdown_cell("# A [link](https://example.org)"),
        new.new_code_cell(
            "x", outputs=[new.new_output("display_data", data={"text/html": "<b>1</b>"})]
        ),
    ]
    nbformat.write(new.new_notebook(cells=cells), folder / "small.ipynb")
    monkeypatch.chdir(root)
    NbConvertApp().launch_instance(
        [*options, "--output-dir", str(folder), str(folder / "small.ipynb")]
    )
    return (folder / "small.html").read_text(encoding="utf-8")


def test_a_page_of_a_notebook_asks_the_network_for_nothing(root, tmp_path, monkeypatch, nbformat):
    page = converted(root, "pages", tmp_path, monkeypatch, nbformat)
    assert "https://example.org" in page
    assert "<b>1</b>" in page
    assert not fetched(page)


def test_what_the_usual_template_fetches_would_be_seen(root, tmp_path, monkeypatch, nbformat):
    page = converted(root, "classic", tmp_path, monkeypatch, nbformat)
    assert len(fetched(page)) == 4


@pytest.mark.parametrize("name", NAMES)
def test_no_formula_needs_a_program_from_the_network(name):
    assert not [text for text in sources(name, "markdown") if "$" in text]


@pytest.fixture(scope="module")
def executed(tmp_path_factory, nbformat):
    """The notebooks with their outputs, and the folder where they ran.

    One process runs them one after the other, each without the names of those before.
    """
    from nbclient import NotebookClient

    place = tmp_path_factory.mktemp("here")
    books = [nbformat.read(FOLDER / f"{name}.ipynb", as_version=4) for name in NAMES]
    new = nbformat.v4.new_code_cell
    cells = [cell for book in books for cell in (*book.cells, new("%reset -f"))]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"
    client = NotebookClient(
        nbformat.v4.new_notebook(cells=cells, metadata=books[0].metadata),
        timeout=CELL_SECONDS,
        resources={"metadata": {"path": str(place)}},
        extra_arguments=["--log-level=40"],
        shutdown_kernel="immediate",
    )
    with pytest.MonkeyPatch.context() as patch:
        # A reader's own start-up files of IPython would be run as well.
        patch.setenv("IPYTHONDIR", str(tmp_path_factory.mktemp("ipython")))
        client.execute()
    return dict(zip(NAMES, books, strict=True)), place


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_cell_runs_and_writes_no_file(name, executed):
    books, place = executed
    book = books[name]
    outputs = [output for cell in book.cells for output in cell.get("outputs", [])]
    assert not [o.text for o in outputs if o.get("name") == "stderr"]
    assert not list(place.iterdir())
    asked = sum(text.startswith("figure(") for text in sources(name, "code"))
    shown = sum("image/png" in output.get("data", {}) for output in outputs)
    assert shown >= asked
    assert all(cell.outputs for cell in book.cells[-1:] if cell.cell_type == "code")
    assert all(cell.execution_count for cell in book.cells if cell.cell_type == "code")
