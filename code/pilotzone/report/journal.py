"""The tables and figures of an article as one LaTeX document, which reads those that are there.

A figure is the PDF of ``make print`` where there is one, else the picture for the screen.
"""

from collections.abc import Iterable
from pathlib import Path

from pilotzone import exhibits, plots
from pilotzone.catalogue.words import Lexicon
from pilotzone.exhibits.main import FIGURES, TABLES
from pilotzone.tables import latex

NAME = "main.tex"
MAIN, APPENDIX = "main_tables.docx", "appendix_tables.docx"
# As wide as the text of a page, as tall as its notes leave room for.
SHOWN = r"\includegraphics[width=\linewidth,height=0.75\textheight,keepaspectratio]"


def collections(ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Return the Word files with several tables, each with its exhibits in their order."""
    others = tuple(exhibit_id for exhibit_id in ids if exhibit_id not in TABLES)
    return {MAIN: TABLES, APPENDIX: others}


def document(
    output: Path, language: str = "en", tables: str = "tables/", figures: str = "figures/"
) -> str:
    """Return the document, for pdflatex; in Chinese for xelatex.

    Parameters
    ----------
    output : Path
        The folder whose ``figures`` say what stands below them; one not drawn has its title alone.
    language : {'en', 'zh'}
    tables, figures : str
        Folders as seen from the document, each with a slash at its end.
    """
    lexicon = Lexicon(language)
    body = [rf"\graphicspath{{{{{figures}print/}}{{{figures}}}}}"]
    body += [rf"\input{{{tables}{name}}}" for name in TABLES]
    for name in FIGURES:
        exhibit = exhibits.load(name)
        title = latex.escape(lexicon.pick((exhibit.figure.title, exhibit.title_zh)))
        caption = rf"\caption{{{title}}}\label{{fig:{name}}}"
        shown = rf"\centering {SHOWN}{{{name}}}"
        notes = _notes(output / "figures" / f"{name}.png", lexicon)
        body.append("\n".join([r"\begin{figure}[p]", shown, caption, *notes, r"\end{figure}"]))
    text = "\n\\clearpage\n".join(body)
    return latex.standalone(text, language, packages=("graphicx",))


def _notes(picture: Path, lexicon: Lexicon) -> list[str]:
    """Return the notes of a picture as a paragraph in small type."""
    notes = plots.caption(picture, lexicon.language)[1] if picture.exists() else ()
    text = lexicon.space.join(map(latex.escape, notes))
    begin, end = r"\begin{minipage}{\linewidth}\footnotesize", r"\end{minipage}"
    return [rf"\par\medskip{begin} {text}{end}"] if text else []
