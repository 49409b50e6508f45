"""Arguments and options that several verbs have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

StudyPath = Annotated[Path, typer.Argument(metavar="STUDY", help="Folder of a study, or its *.yaml file.")]
Waves = Annotated[list[str] | None, typer.Option("--wave", help="Only this wave; may be repeated.")]
Languages = Annotated[list[str] | None, typer.Option("--lang", help="Only this report language; may be repeated.")]
Out = Annotated[Path | None, typer.Option("--out", help="Write DIR/data/processed and DIR/reports.", metavar="DIR")]
AsJson = Annotated[bool, typer.Option("--json", help="Print status, problems and outputs as JSON.")]
NewFolder = Annotated[Path, typer.Argument(metavar="DIR", help="Folder to be made.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Seed of the random numbers; default: the study's.")]
Against = Annotated[str | None, typer.Option("--against", help="Compare the files with those of this wave.")]
#: The folder that the command is run in.
HERE = Path()
