"""Execute every notebook from top to bottom and stop at the first cell that fails.

The notebooks run in a temporary copy of the study, in the interpreter that runs this file, so that
neither outputs nor a registered kernel of another environment find their way in.
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import nbformat
from jupyter_client import AsyncKernelManager
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

NOTEBOOKS = Path(__file__).resolve().parent
STUDY = ("study.yaml", "instrument.yaml", "data/raw")
CELL_SECONDS = 60
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class ThisInterpreter(KernelSpecManager):
    """Starts every kernel with the interpreter that runs this file, registered or not."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        # The level leaves out the kernel's warning that it talks to this process without encryption.
        launch = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", "--log-level=ERROR"]
        return KernelSpec(argv=launch, display_name=kernel_name, language="python")


def execute(notebook: Path, folder: Path) -> str:
    """What went wrong in the first failing cell of `notebook`, run in `folder`; empty if nothing did."""
    document = nbformat.read(notebook, as_version=4)
    kernel = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=ThisInterpreter())
    client = NotebookClient(document, km=kernel, timeout=CELL_SECONDS, resources={"metadata": {"path": str(folder)}})
    started: list[str] = []
    client.on_cell_execute = lambda cell, cell_index: started.append(f"cell {cell_index} ({cell['id']})")
    try:
        client.execute()
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        return f"{started[-1] if started else 'before the first cell'}\n{COLOURS.sub('', str(error))}"
    return ""


def copy_of_study(root: Path, target: Path) -> Path:
    """The folder of the notebooks in a copy of the study under `target`."""
    for name in STUDY:
        source, copy = root / name, target / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        (shutil.copytree if source.is_dir() else shutil.copy2)(source, copy)
    folder = target / "notebooks"
    folder.mkdir()
    return folder


def main(paths: list[str]) -> int:
    """Exit status: 0 if every notebook ran, 1 at the first that did not."""
    with TemporaryDirectory() as temporary:
        folder = copy_of_study(NOTEBOOKS.parent, Path(temporary))
        for notebook in [Path(p) for p in paths] or sorted(NOTEBOOKS.glob("*.ipynb")):
            start = perf_counter()
            if failure := execute(notebook, folder):
                print(f"{notebook.name}: failed in {failure}", file=sys.stderr)
                return 1
            print(f"{notebook.name}: ran in {perf_counter() - start:.0f} s", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
