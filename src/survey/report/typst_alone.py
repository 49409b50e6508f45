"""Typst in a process of its own: arguments of `typst.compile` on standard input, what it makes on standard output.

Typst keeps what it has laid out for the next document, a hundred megabytes a report, and gives it back
with its process only.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Mapping
from typing import Any


def compiled(sources: Mapping[str, bytes], **options: Any) -> Any:
    """What `typst.compile` makes of sources by name: bytes, or a list of them where there are several pictures.

    Raises
    ------
    RuntimeError
        What typst says is wrong.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}  # it finds what this process finds
    given = pickle.dumps({"input": dict(sources), **options})
    command = [sys.executable, "-m", "survey.report.typst_alone"]
    done = subprocess.run(command, input=given, capture_output=True, env=environment, check=False)
    if done.returncode:
        raise RuntimeError(f"typst: {done.stderr.decode(errors='replace').strip()}")
    return pickle.loads(done.stdout)


def _main() -> None:
    import typst

    try:
        made: Any = typst.compile(**pickle.load(sys.stdin.buffer))
    except RuntimeError as error:
        sys.exit(str(error))
    pickle.dump(made, sys.stdout.buffer)


if __name__ == "__main__":
    _main()
