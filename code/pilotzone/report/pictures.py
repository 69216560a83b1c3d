"""A drawn figure within the page: the drawing of the output in fewer colours and bytes."""

import base64
import functools
import io
import struct
from html import escape
from pathlib import Path

# Lines, points and bands of a figure in at most this many colours; what smooths their edges goes
# to the nearest. WebP without loss keeps these as they are.
COLOURS = 16


@functools.lru_cache(maxsize=128)
def embedded(png: bytes) -> str:
    """Return the address of a picture that holds it, of its size in pixels."""
    from PIL import Image

    picture = Image.open(io.BytesIO(png)).convert("RGB")
    reduced = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    reduced.convert("RGB").save(buffer, "WEBP", lossless=True, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def picture(path: Path, alternative: str, name: str) -> str:
    """Return a picture that opens in full size, as a link to the file beside the page.

    Parameters
    ----------
    path : Path
        The PNG file; it stands in ``figures`` beside the page.
    alternative : str
        What stands for the picture.
    name : str
        What the link is called.
    """
    content = path.read_bytes()
    width, height = struct.unpack(">II", content[16:24])
    return (
        f'<a class="full" href="figures/{path.name}" aria-label="{escape(name)}">'
        f'<img width="{width}" height="{height}" alt="{escape(alternative)}" '
        f'src="{embedded(content)}"></a>'
    )
