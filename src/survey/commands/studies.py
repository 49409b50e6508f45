"""The verbs that make data: a new study, synthetic waves."""

from __future__ import annotations

from survey.answer import Answer
from survey.commands.options import HERE, AsJson, NewFolder, Out, Seed, StudyPath, Waves
from survey.commands.outputs import listed, place
from survey.errors import OutputError, Problem


def new(folder: NewFolder, as_json: AsJson = False) -> Answer:
    """Make a study folder that runs, with synthetic data."""
    from survey.simulate import new_study
    from survey.writing.staging import FileSet

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        found = "a folder that is not empty" if folder.is_dir() else "a file"
        raise OutputError(
            Problem(str(folder), found=found, expected="a folder that does not exist yet, or an empty one")
        )
    files = new_study()
    place(folder, FileSet(files))
    return Answer(lines=[*listed(sorted(files), folder), f"next: survey run {folder}"], outputs=sorted(files))


def simulate(
    study: StudyPath = HERE,
    wave: Waves = None,
    seed: Seed = None,
    out: Out = None,
    as_json: AsJson = False,
) -> Answer:
    """Draw synthetic waves from the instrument, with files of the known truth."""
    from survey import simulate as simulation
    from survey.study import Study
    from survey.writing.staging import FileSet

    loaded = Study.load(study)
    names = [spec.name for spec in loaded.waves(wave or ())] if wave else None
    files = simulation.simulate(loaded.folder, names, seed)
    root = loaded.folder if out is None else out
    place(root, FileSet(files))
    return Answer(lines=listed(sorted(files), root), outputs=sorted(files), written=sorted(files))
