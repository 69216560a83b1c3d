"""Figures: one function per kind of picture, drawn and saved under fixed settings.

A drawing function takes a picture (an exhibit, the folder of its estimates files, the words) and
returns a matplotlib figure. Everything that could differ between two runs (the reader's own
settings, the clock, a screen) is kept out here.
"""

import dataclasses
import functools
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pilotzone.catalogue import Exhibit
from pilotzone.catalogue.words import ENGLISH, YEAR, Lexicon
from pilotzone.errors import UserError
from pilotzone.estimates import replace_bytes
from pilotzone.plots import (
    bacon,
    balance,
    bounds,
    coupling_map,
    densities,
    detectable,
    dose_dynamic,
    event_overlay,
    event_study,
    honest_did,
    impulse_response,
    inequality,
    leave_one_out,
    marginal_effect,
    matrix_placebo,
    matrix_sensitivity,
    moran,
    multiverse,
    network,
    placebo,
    policies,
    projections,
    rank_ranges,
    ring_profile,
    rollout_map,
    sheet,
    specification_curve,
    synthetic_gaps,
    tile_map,
)
from pilotzone.plots.source import Figure, Picture

# A kind of figure has the name of the module that draws it.
DRAWN = (
    *(tile_map, event_study, bacon, balance, event_overlay, specification_curve),
    *(placebo, projections, rank_ranges, impulse_response, leave_one_out, honest_did),
    *(marginal_effect, matrix_placebo, matrix_sensitivity, moran, ring_profile),
    *(rollout_map, network, coupling_map, densities, inequality, detectable, multiverse),
    *(policies, bounds, dose_dynamic, synthetic_gaps),
)
FIGURES: dict[str, Callable[[Picture], Figure]] = {
    module.__name__.rpartition(".")[2]: module.draw for module in DRAWN
}
SCREEN_DPI, PRINT_DPI = 150, 300
# Only what is not a date and not the version of a library.
NO_METADATA = {
    "png": {"Software": None},
    "pdf": {"Creator": None, "Producer": None, "CreationDate": None},
}
# Where a file keeps its title and the notes below it.
CAPTION = {"png": ("Title", "Description"), "pdf": ("Title", "Subject")}
# And where a picture keeps its notes in Chinese.
TRANSLATED = "Description zh"
# Type 42 keeps text in a PDF searchable; journals refuse type 3.
SETTINGS = {
    "font.family": "DejaVu Sans",
    "font.size": sheet.POINTS,
    "hatch.linewidth": 0.6,
    "pdf.fonttype": 42,
    "pdf.compression": 9,
}


def paths(exhibit_id: str, output: Path, *, printed: bool = False) -> dict[Path, int]:
    """Return the file of an exhibit's figure with its resolution, or those for print."""
    if not printed:
        return {output / "figures" / f"{exhibit_id}.png": SCREEN_DPI}
    stem = output / "figures" / "print" / exhibit_id
    return {stem.with_name(f"{exhibit_id}.{ending}"): PRINT_DPI for ending in ("png", "pdf")}


def draw(exhibit_id: str, exhibit: Exhibit, folder: Path, lexicon: Lexicon = ENGLISH) -> Figure:
    """Return the figure of an exhibit from its estimates files below ``folder``.

    Raises
    ------
    UserError
        If the kind of figure is unknown or a file lacks what the figure shows.
    """
    kind = exhibit.figure.kind
    if kind not in FIGURES:
        raise UserError(f"{exhibit_id}: figure '{kind}' is unknown; known: {', '.join(FIGURES)}")
    with settings():
        figure = FIGURES[kind](Picture(exhibit_id, exhibit, folder, lexicon))
        if lexicon.period_word != YEAR:
            _rename(figure, lexicon)
        return figure


def captioned(
    exhibit_id: str, exhibit: Exhibit, folder: Path, lexicon: Lexicon = ENGLISH
) -> Figure:
    """Return the figure as :func:`draw` does, with its notes in Chinese as well."""
    from pilotzone.plots.page import notes_of

    figure = draw(exhibit_id, exhibit, folder, lexicon)
    chinese = dataclasses.replace(lexicon, language="zh")
    picture = Picture(exhibit_id, exhibit, folder, chinese)
    notes = notes_of(functools.partial(FIGURES[exhibit.figure.kind], picture))
    figure.translated = tuple(map(_in_periods(chinese), notes))
    return figure


def _in_periods(lexicon: Lexicon) -> Callable[[str], str]:
    """Return what calls years what the periods of a reader's panel are; his own labels stay."""
    own = {label for pair in lexicon.variables.values() for label in pair}
    kept = sorted((label for label in own if "year" in label.lower()), key=len, reverse=True)

    def renamed(text: str) -> str:
        parts = re.split(f"({'|'.join(map(re.escape, kept))})", text) if kept else [text]
        return "".join(part if part in kept else lexicon.in_periods(part) for part in parts)

    return renamed


def _rename(figure: Figure, lexicon: Lexicon) -> None:
    """Call years what the periods of a reader's panel are, wherever the figure has text."""
    from matplotlib.text import Text

    renamed = _in_periods(lexicon)
    for written in figure.findobj(Text):
        written.set_text(renamed(written.get_text()))
    figure.notes = tuple(map(renamed, figure.notes))


def save(figure: Figure, path: Path, dpi: int) -> None:
    """Write a figure in the format of its ending, its caption inside, moved into place at once."""
    file_format = path.suffix.removeprefix(".")
    texts = figure.title, "\n".join(figure.notes)
    metadata = dict(zip(CAPTION[file_format], texts, strict=True)) | NO_METADATA[file_format]
    if file_format == "png" and figure.translated:
        metadata[TRANSLATED] = "\n".join(figure.translated)
    buffer, screen = io.BytesIO(), file_format == "png" and dpi == SCREEN_DPI
    # What is packed again needs no packing before.
    packed = {"pil_kwargs": {"compress_level": 0}} if screen else {}
    with settings():
        figure.savefig(buffer, format=file_format, dpi=dpi, metadata=metadata, **packed)
    content = _with_palette(buffer.getvalue()) if screen else buffer.getvalue()
    replace_bytes(path, content)


def caption(path: Path, language: str = "en") -> tuple[str, tuple[str, ...]]:
    """Return title and notes of a figure that was saved as PNG; empty where it has none.

    The title is English; notes are in Chinese if asked for and there.
    """
    from PIL import Image

    with Image.open(path) as picture:
        title, notes = (picture.text.get(key, "") for key in CAPTION["png"])
        if language != ENGLISH.language:
            notes = picture.text.get(TRANSLATED, notes)
    return title, tuple(notes.splitlines())


def _with_palette(png: bytes) -> bytes:
    """Return a picture in 256 colours, without dithering: a third of the bytes."""
    from PIL import Image, PngImagePlugin

    picture, texts = Image.open(io.BytesIO(png)), PngImagePlugin.PngInfo()
    for key in (*CAPTION["png"], *({TRANSLATED} & picture.text.keys())):
        texts.add_text(key, picture.text.get(key, ""))
    reduced = picture.convert("RGB").quantize(
        256, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE
    )
    buffer = io.BytesIO()
    reduced.save(buffer, "PNG", optimize=True, dpi=(SCREEN_DPI, SCREEN_DPI), pnginfo=texts)
    return buffer.getvalue()


@contextmanager
def settings() -> Iterator[None]:
    """Use matplotlib's defaults and the settings above, whatever the reader has configured."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield
