"""Pack the last commit and the built products into one zip, for an archive of data and code.

python code/package.py      writes output/pilotzone-<version>.zip

The same commit and the same products give the same bytes: files are sorted and bear the time of
the commit. A change that is not committed is refused, so that the zip is what git holds.
"""

import io
import os
import subprocess
import sys
import tarfile
import time
import tomllib
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from pilotzone import command
from pilotzone.errors import UserError

ROOT = command.ROOT
# Built, not in git, and wanted by a reader who builds nothing.
PRODUCTS = (
    *("output/report.html", "output/report.zh.html", "output/*.docx", "output/main.pdf"),
    *("output/tables/*.docx", "output/figures/print/*.pdf"),
)
Moment = tuple[int, int, int, int, int, int]


def git(*words: str) -> bytes:
    """Return what git prints about the checkout."""
    try:
        return subprocess.run(["git", "-C", ROOT, *words], capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise UserError("git is not installed; the package is made of what it holds") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise UserError(f"git {words[0]}: {said[-1]}; run this in a clone") from None


def check_committed() -> None:
    """Refuse a folder that is no checkout of its own, and one with changes."""
    top = Path(git("rev-parse", "--show-toplevel").decode().strip())
    if not top.samefile(ROOT):
        raise UserError(f"{ROOT.resolve()}: inside another git repository; run this in a clone")
    changed = git("status", "--porcelain", "--untracked-files=no").decode().splitlines()
    if changed:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise UserError(f"{changed[0][3:]}{more}: changed since the last commit; commit first")


def committed_files() -> dict[str, tuple[bytes, int]]:
    """Return content and mode of every file of the last commit."""
    with tarfile.open(fileobj=io.BytesIO(git("archive", "--format=tar", "HEAD"))) as archive:
        return {
            member.name: (archive.extractfile(member).read(), 0o755 if member.mode & 1 else 0o644)
            for member in archive
            if not member.isdir()
        }


def built_files() -> dict[str, tuple[bytes, int]]:
    """Return content and mode of every product that has been built."""
    found = [path for pattern in PRODUCTS for path in ROOT.glob(pattern)]
    return {path.relative_to(ROOT).as_posix(): (path.read_bytes(), 0o644) for path in found}


def write_zip(path: Path, files: Mapping[str, tuple[bytes, int]], moment: Moment) -> None:
    """Write files below a folder that bears the name of the zip, moved into place at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with zipfile.ZipFile(draft, "w") as archive:
        for name, (content, mode) in sorted(files.items()):
            entry = zipfile.ZipInfo(f"{path.stem}/{name}", moment)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # Unix, whatever the system, so that the mode counts.
            entry.create_system = 3
            entry.external_attr = (0o100000 | mode) << 16
            archive.writestr(entry, content)
    os.replace(draft, path)


def run(argv: Sequence[str] | None) -> None:
    """Do what the command line asks for."""
    parser = command.parser("package", __doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "output", help="target folder")
    args = parser.parse_args(argv)
    check_committed()
    committed, built = committed_files(), built_files()
    project = tomllib.loads(committed["pyproject.toml"][0].decode())["project"]
    moment = time.gmtime(int(git("log", "-1", "--format=%ct")))[:6]
    path = args.output / f"{project['name']}-{project['version']}.zip"
    write_zip(path, built | committed, moment)
    print(
        f"{path}: {len(committed)} files of the last commit, {len(built.keys() - committed.keys())}"
        f" built ones, {path.stat().st_size / 1e6:.1f} MB"
    )


main = command.main("package", run)

if __name__ == "__main__":
    sys.exit(main())
