"""The two programs behind the printed report: pandoc writes its page for typst and for Word, typst sets PDF and PNG.

Neither needs a browser or a network, and both give the same bytes for the same input.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from survey.errors import OutputError, Problem
from survey.report.typst_alone import compiled

#: Both formats hold a date of their making; it is the same on every run, the first second of 2000.
EPOCH = 946_684_800
#: Dots an inch of pictures in Word, which takes no SVG everywhere.
RESOLUTION = 130
#: What pandoc writes, by the names that ``print.lua`` takes.
TYPST, WORD = "report.typ", "report.docx"

_TEMPLATES = files("survey.report") / "templates"


def converted(html: str, *wanted: str, beside: Mapping[str, bytes] | None = None) -> dict[str, bytes]:
    """The page in the formats `wanted`, `TYPST` or `WORD`, from one reading of it.

    Parameters
    ----------
    beside : files that it needs, by name: ``reference.docx`` and pictures for Word

    Raises
    ------
    OutputError
        The system limits the size of files.
    """
    with TemporaryDirectory() as name, as_file(_TEMPLATES / "print.lua") as script:
        folder = Path(name)
        for file, content in (beside or {}).items():
            (folder / file).write_bytes(content)
        _pandoc(["lua", str(script), *wanted], html, folder)
        return {file: (folder / file).read_bytes() for file in wanted}


def _pandoc(arguments: list[str], text: str, folder: Path) -> None:
    """Run pandoc in a folder: a path in an image's address would end up in Word's file; its name alone does not."""
    import pypandoc

    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH), "LC_ALL": "C.UTF-8"}
    # The one that the lock names: another on the path may be older and gives other bytes.
    command = [str(Path(pypandoc.__file__).parent / "files" / "pandoc"), *arguments]
    done = subprocess.run(command, input=text.encode(), capture_output=True, cwd=folder, env=environment, check=False)
    if done.returncode:
        if _files_are_limited():  # under which pandoc fails before it says why
            hint = "The system limits the size of a file (ulimit -f); raise the limit, then run again."
            raise OutputError(Problem("", found="file too large", hint=hint))
        raise RuntimeError(f"pandoc: {done.stderr.decode(errors='replace').strip()}")


def pdf(source: str, pictures: Mapping[str, bytes]) -> bytes:
    """Tagged PDF/UA-1 of a typst source and its SVG pictures by name.

    Raises
    ------
    RuntimeError
        A picture without a text alternative, or anything else that PDF/UA forbids.
    """
    (made,) = _typst(source, pictures, font_paths=[_fonts()], pdf_standards=["ua-1"], timestamp=EPOCH)
    return made


def pngs(pictures: Mapping[str, bytes]) -> dict[str, bytes]:
    """Pictures as PNG, in one go: name → SVG in, name → PNG out."""
    if not pictures:
        return {}
    pages = "\n#pagebreak()\n".join(f'#image("{name}.svg")' for name in pictures)
    layout = f"#set page(width: auto, height: auto, margin: 0pt)\n{pages}"
    made = _typst(layout, pictures, format="png", ppi=RESOLUTION)
    return dict(zip(pictures, made, strict=True))


def _typst(source: str, pictures: Mapping[str, bytes], **options: Any) -> list[bytes]:
    svgs = {f"{name}.svg": content for name, content in pictures.items()}
    return compiled({"main.typ": source.encode(), **svgs}, ignore_system_fonts=True, **options)


def _files_are_limited() -> bool:
    """Whether this process may write files up to some size only."""
    try:
        import resource
    except ImportError:  # Windows knows no such limit
        return False
    return resource.getrlimit(resource.RLIMIT_FSIZE)[0] != resource.RLIM_INFINITY


def _fonts() -> str:
    """The folder of matplotlib's fonts: typst brings none without serifs."""
    import matplotlib

    return os.path.join(matplotlib.get_data_path(), "fonts", "ttf")
