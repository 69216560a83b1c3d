"""A long table within the page in few bytes: compressed, and unfolded by the script of the page.

Where no script runs a link to the same table beside the page stands in its place.
"""

import base64
import zlib

# The strongest compression: a page is built once and read often.
LEVEL = 9


def pack(fragment: str) -> str:
    """Return markup as text for an attribute: UTF-8, zlib, base64."""
    return base64.b64encode(zlib.compress(fragment.encode(), LEVEL)).decode()


def unpack(content: str) -> str:
    """Return the markup that was packed."""
    return zlib.decompress(base64.b64decode(content)).decode()
