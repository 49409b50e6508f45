"""Typst in a process of its own: sources and options on standard input, what it makes on standard output, as JSON.

Typst keeps what it has laid out for the next document, a hundred megabytes a report, and gives it back
with its process only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any


def compiled(sources: Mapping[str, bytes], **options: Any) -> list[bytes]:
    """What `typst.compile` makes of sources by name: one document, or as many pictures as there are pages.

    Raises
    ------
    RuntimeError
        What typst says is wrong.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # it finds what this process finds
    given = {"sources": {name: _text(content) for name, content in sources.items()}, "options": options}
    command = [sys.executable, "-m", "survey.report.typst_alone"]
    done = subprocess.run(command, input=json.dumps(given).encode(), capture_output=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"typst: {done.stderr.decode(errors='replace').strip()}")
    return [b64decode(page) for page in json.loads(done.stdout)]


def _text(content: bytes) -> str:
    return b64encode(content).decode("ascii")


def _main() -> None:
    import typst

    given = json.load(sys.stdin)
    sources: Any = {name: b64decode(content) for name, content in given["sources"].items()}
    try:
        made: Any = typst.compile(sources, **given["options"])
    except RuntimeError as error:
        sys.exit(str(error))
    json.dump([_text(page) for page in (made if isinstance(made, list) else [made])], sys.stdout)


if __name__ == "__main__":
    _main()
