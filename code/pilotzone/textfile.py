"""Text that somebody else wrote: found, decoded and, where it is TOML, parsed.

Whatever a path or its bytes are, what comes back is text, a table or one line of complaint.
"""

import re
from pathlib import Path

from pilotzone.errors import UserError

BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")
SHOWN = 40
LONGEST_PATH = 300
# Whole numbers of TOML; what is beyond them no array holds.
LARGEST = 2**63
# A line of TOML whose value begins with a letter outside quotes.
BARE = re.compile(r"\s*(?P<key>[\w.-]+)\s*=\s*(?P<list>\[?)\s*(?P<word>[^\W\d]\w*)")


def shown(value: object) -> str:
    """Return a value on one line, cut after forty signs."""
    try:
        text = "".join(sign if sign.isprintable() else "\ufffd" for sign in words(value))
    except ValueError:  # a whole number of more digits than Python writes out
        return "a number of thousands of digits"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def words(value: object) -> str:
    """Return a value as text on one line."""
    return " ".join(str(value).split())


def shown_path(path: Path | str) -> str:
    """Return a path on one line; an endless one is cut."""
    place = "".join(sign if sign.isprintable() else "\ufffd" for sign in words(path))
    return place if len(place) <= LONGEST_PATH else f"{place[:SHOWN]}…"


def absent(path: Path, way_out: str = "") -> UserError:
    """Return the complaint that there is no such file."""
    return UserError(f"{shown_path(path)}: no such file{way_out}")


def there(path: Path) -> bool:
    """Say whether a path is a file; one that no file can have (too long, NUL) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def content(path: Path, way_out: str = "") -> bytes:
    """Return the bytes of a file; ``way_out`` is said behind the complaint that there is none.

    Raises UserError if it is not there, may not be read or is empty.
    """
    if not there(path):
        raise absent(path, way_out)
    try:
        found = path.read_bytes()
    except OSError as error:
        raise UserError(f"{shown_path(path)}: cannot be read: {error.strerror}") from None
    if not found.strip():
        raise UserError(f"{path.name}: the file is empty")
    return found


def decoded(path: Path, way_out: str = "") -> tuple[str, str]:
    """Return the text of a file, and a note if it is not UTF-8.

    Raises UserError as :func:`content`, or if it is text of no encoding that is tried.
    """
    found = content(path, way_out)
    utf_16 = found.startswith(BYTE_ORDER_MARKS)
    for encoding in ("utf-16",) if utf_16 else ("utf-8-sig", "gb18030"):
        try:
            text = found.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        told = "" if encoding == "utf-8-sig" else f"{path.name}: read as {encoding.upper()}"
        return text, told
    raise UserError(f"{path.name}: neither UTF-8 nor GB18030 text; save it as UTF-8")


def toml(path: Path, way_out: str = "") -> dict[str, object]:
    """Return what stands in a TOML file.

    Raises UserError as :func:`decoded`; if it is not TOML, is nested too deeply, or holds a whole
    number beyond 64 bits.
    """
    import tomllib

    text, _ = decoded(path, way_out)
    try:
        found = tomllib.loads(text)
    except RecursionError:
        raise UserError(f"{path.name}: not TOML: nested too deeply") from None
    except ValueError as error:
        told = f"{path.name}: not TOML: {shown(error)}{_unquoted(text, str(error))}"
        raise UserError(told) from None
    _refuse_huge(path.name, found)
    return found


def _unquoted(text: str, error: str) -> str:
    """Return what is said behind an error if its line holds a word that should be in quotes."""
    place = re.search(r"at line (\d+)", error)
    lines = text.splitlines()
    line = lines[int(place[1]) - 1] if place and int(place[1]) <= len(lines) else ""
    found = BARE.match(line)
    if found is None or found["word"] in ("true", "false", "inf", "nan"):
        return ""
    return f'; quotes missing? {found["key"]} = {found["list"]}"{shown(found["word"])}"'


def _refuse_huge(name: str, found: object) -> None:
    """Refuse a whole number that TOML does not have; ``found`` is walked without recursion."""
    left = [("", found)]
    while left:
        key, value = left.pop()
        if isinstance(value, dict):
            left += [(inner, item) for inner, item in value.items()]
        elif isinstance(value, list):
            left += [(key, item) for item in value]
        elif type(value) is int and not -LARGEST <= value < LARGEST:
            raise UserError(f"{name}: '{shown(key)}' is a whole number beyond 64 bits")
