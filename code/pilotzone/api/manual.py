"""The pages of ``docs`` on the public functions: a reference from docstrings, printed examples.

A page holds Python in blocks; what each block prints stands in the block of text behind it. Here
the Python is run and the text replaced, so that no page can say what the code does not.
"""

import ast
import contextlib
import inspect
import io
import re
import types
from pathlib import Path

from pilotzone import api
from pilotzone.errors import UserError

REFERENCE = "api.md"
PAGES = ("two_way.md", "staggered.md", "designs.md", "space.md", "dynamics.md", "measures.md")
BLOCK = re.compile(r"(?<=```python\n)(.*?)(```\n\n```text\n)(.*?)(?=```)", re.DOTALL)
HEAD = """# Public functions

`import pilotzone as pz`. Written by `make docs` from the docstrings; one page for each family, with
what is printed: {pages}.
"""


def pages(folder: Path) -> dict[Path, str]:
    """Return the text of every page by its path.

    Parameters
    ----------
    folder : Path
        ``docs``, whose pages on the families are read.

    Raises
    ------
    UserError
        If a page is not there or has no example.
    """
    found = {folder / REFERENCE: reference()}
    for name in PAGES:
        path = folder / name
        if not path.is_file():
            raise UserError(f"{path}: no such page")
        found[path] = printed(path.read_text(encoding="utf-8"), name)
    return found


def reference() -> str:
    """Return the reference: every public name with its signature and docstring."""
    links = ", ".join(f"[{name.removesuffix('.md')}]({name})" for name in PAGES)
    return HEAD.format(pages=links) + "".join(map(_entry, api.__all__))


def printed(page: str, name: str) -> str:
    """Return a page with what its Python prints, one namespace for all blocks."""
    if not BLOCK.search(page):
        raise UserError(f"{name}: no block of Python with a block of text behind it")
    names: dict[str, object] = {}
    return BLOCK.sub(lambda block: block[1] + block[2] + _run(block[1], names), page)


def _run(code: str, names: dict[str, object]) -> str:
    """Return what a block prints; its last expression is shown as a console shows it."""
    tree = ast.parse(code)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        exec(compile(tree, "<page>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<page>", "eval"), names)
            if value is not None:
                print(repr(value))
    return "\n".join(line.rstrip() for line in shown.getvalue().splitlines()) + "\n"


def _entry(name: str) -> str:
    """Return the entry of a public name; of a class with its public methods."""
    what = getattr(api, name)
    text = f"\n## {name}\n\n{_call(name, what)}{_docstring(what)}\n"
    members = vars(what).items() if inspect.isclass(what) else ()
    for member, method in members:
        documented = isinstance(method, types.FunctionType | property) and inspect.getdoc(method)
        if documented and not member.startswith("_"):
            text += f"\n### {name}.{member}\n\n{_docstring(method)}\n"
    return text


def _call(name: str, what: object) -> str:
    """Return the call of a function by its argument names and defaults."""
    if not inspect.isfunction(what):
        return ""
    found = inspect.signature(what).parameters.values()
    shown = [p.name if p.default is p.empty else f"{p.name}={p.default!r}" for p in found]
    return f"```python\npz.{name}({', '.join(shown)})\n```\n\n"


def _docstring(what: object) -> str:
    """Return a docstring with its sections as lists, and its examples as Python."""
    text = inspect.getdoc(what) or ""
    text = re.sub(r":(?:func|meth|attr|class):`~?(?:[\w.]+\.)?(\w+)`", r"`\1`", text)
    pieces = re.split(r"^(\w+)\n-+\n", text, flags=re.MULTILINE)
    made = pieces[0].rstrip()
    for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
        made += f"\n\n**{title}**\n\n{_section(title, body.rstrip())}"
    return made


def _section(title: str, body: str) -> str:
    if title == "Examples":
        return f"```python\n{body}\n```"
    # An entry begins at the margin, its text is indented.
    entries = re.sub(r"^(?=\S)(.*)$", r"* `\1`", body, flags=re.MULTILINE)
    return re.sub(r"^    ", "  ", entries, flags=re.MULTILINE)
