"""What a result rests on, as hashes: input files, settings, this program, the packages under it."""

from __future__ import annotations

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from functools import cache
from pathlib import Path

ABSENT = "absent"
SOURCES = {".py", ".j2", ".po", ".css", ".json", ".yaml", ".csv", ".typ", ".lua", ".docx"}
PACKAGES = (
    "babel", "duckdb", "ibis-framework", "jinja2", "matplotlib", "numpy", "pandas", "pyarrow",
    "pypandoc-binary", "pyreadstat", "scipy", "statsmodels", "typst", "xlsxwriter",
)  # fmt: skip


def of_bytes(content: bytes) -> str:
    """The sha256 of `content`."""
    return hashlib.sha256(content).hexdigest()


def of_file(path: Path) -> str:
    """The sha256 of a regular file; ``absent`` for a link, a pipe, a device, or nothing at all."""
    try:
        if not stat.S_ISREG(path.lstat().st_mode):  # opening a pipe would wait for its writer
            return ABSENT
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ABSENT


def of_value(value: object) -> str:
    """The sha256 of plain data, the same for the same meaning in every process."""
    return of_bytes(json.dumps(value, sort_keys=True, ensure_ascii=False).encode())


def plain(value: object) -> object:
    """Frozen records as lists, mappings and scalars, as JSON holds them; what is private is left out."""
    if hasattr(value, "text") and hasattr(value, "names"):  # an expression is what was written
        return value.text
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value) if not f.name.startswith("_")}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value.isoformat() if isinstance(value, date) else value


@cache
def program() -> str:
    """The sha256 over this package's own source files, templates and catalogues."""
    folder = Path(__file__).parents[1]
    found = sorted(p for p in folder.rglob("*") if p.suffix in SOURCES and "__pycache__" not in p.parts)
    # Read through links: an installer may link a package's files instead of copying them.
    return of_value([[p.relative_to(folder).as_posix(), of_bytes(p.read_bytes())] for p in found])


@cache
def versions() -> Mapping[str, str]:
    """Name → version of what results may depend on besides this program."""
    import platform
    from importlib import metadata

    return {
        "survey": metadata.version("survey"),
        "python": platform.python_version(),
        **{name: metadata.version(name) for name in PACKAGES},
    }
