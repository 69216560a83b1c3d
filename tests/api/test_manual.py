"""The pages of docs hold what the functions print and what their docstrings say."""

import pytest

import pilotzone as pz
from pilotzone.api import manual


@pytest.fixture(scope="module")
def written(root):
    return manual.pages(root / "docs")


@pytest.mark.slow
def test_the_pages_are_what_make_docs_writes(written):
    stale = [path.name for path, text in written.items() if path.read_text("utf-8") != text]
    assert not stale, f"run make docs: {stale}"


def test_the_reference_has_every_public_name():
    text = manual.reference()
    for name in pz.__all__:
        assert f"\n## {name}\n" in text
    assert "### Fit.tidy" in text
    assert ":func:" not in text


def test_every_family_says_when_not_to_use_it(root):
    for name in manual.PAGES:
        page = (root / "docs" / name).read_text("utf-8")
        assert "## When not to use it" in page
        assert f"[{name.removesuffix('.md')}]({name})" in manual.reference()


def test_every_function_stands_on_a_page_of_its_family(root):
    pages = "".join((root / "docs" / name).read_text("utf-8") for name in manual.PAGES)
    ours = {name for name in pz.__all__ if name[0].islower()}
    assert not [name for name in ours if name not in pages]


def test_a_block_prints_what_a_console_would():
    block = "```python\n{}\n```\n\n```text\n{}```\n"
    page = block.format("a = 1 / 4\na", "old\n") + block.format("print(a + 1)", "")
    text = manual.printed(page, "page")
    assert "```text\n0.25\n```" in text
    assert "```text\n1.25\n```" in text
    with pytest.raises(pz.UserError, match="no block"):
        manual.printed("nothing", "page")


def test_a_page_that_is_not_there(tmp_path):
    with pytest.raises(pz.UserError, match="no such page"):
        manual.pages(tmp_path)
