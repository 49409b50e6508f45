"""Waves brought up to date: what has not changed is not made again, what is made appears whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from survey.core.study import TREND, WaveSpec
from survey.errors import InputError, OutputError, Problem, SurveyError
from survey.pipeline import earlier
from survey.pipeline.stages import Progress, Stage, processed, reports, settings
from survey.pipeline.together import Together
from survey.writing import fingerprint, large, manifest
from survey.writing.lock import locked
from survey.writing.manifest import Record
from survey.writing.staging import FileSet, check_places, publish

if TYPE_CHECKING:
    from survey.study import Study


@dataclass(frozen=True)
class Outcome:
    """What a run leaves, as paths relative to the output root.

    Attributes
    ----------
    outputs : every file of the stages asked for, old or new.
    written : those that this run wrote.
    notes : what the reader of the outputs should know.
    """

    outputs: tuple[str, ...]
    written: tuple[str, ...]
    notes: tuple[str, ...] = ()


def build(
    study: Study,
    stages: Sequence[Stage],
    waves: Sequence[WaveSpec],
    root: Path,
    progress: Progress | None = None,
    trend: Sequence[Stage] = (),
) -> Outcome:
    """Bring `stages` of `waves`, then those of the trend over all waves, up to date under `root`.

    What the waves share is verified first; then all waves pass a stage before the next begins, so
    the problems of all of them are raised at once. Nothing is written before everything has been made.
    A trend that lacks a wave is left out, and a note says so.

    Raises
    ------
    SurveyError
        What is wrong in the inputs; earlier outputs are then untouched.
    OutputError
        If `root` cannot be written or another run holds it.
    """
    say = progress or (lambda _: None)
    _check_apart(study, waves, root)
    check_places(root, [path for spec in waves for path in (_manifest(spec), f"{processed(spec)}/audit.csv")])
    with locked(root):
        drafts = [Draft(study, spec, root) for spec in waves]
        notes = [note for draft in drafts for note in draft.notes(stages[0])]
        _make_waves(study, stages, drafts, say)
        over_all = Draft(study, study.spec.trend, root, drafts)
        notes += _make_trend(over_all, trend, say)
        drafts += [over_all] * bool(over_all.records)
        sets = [changed for draft in drafts if (changed := draft.changes())]
        say("writing")
        if sets:
            publish(root, sets)
    outputs = [path for draft in drafts for path in draft.outputs([*stages, *trend])]
    written = [path for one in sets for path in (*sorted(one.files), one.manifest)]
    return Outcome(tuple(outputs), tuple(written), tuple(notes))


class Draft:
    """One wave's set, or the trend's, while it is made: records of its stages and files not yet on disk.

    `others` are the drafts whose files it may read before they are on disk.
    """

    def __init__(self, study: Study, spec: WaveSpec, root: Path, others: Sequence[Draft] = ()) -> None:
        self.study, self.spec, self.root, self.others = study, spec, root, others
        self.records = manifest.read(root / _manifest(spec), (processed(spec), reports(spec)))
        self.files: dict[str, bytes] = {}
        self.obsolete: set[str] = set()

    def reasons(self, stage: Stage) -> tuple[str, ...]:
        """Why a stage must be made again; empty if it is up to date."""
        record = self.records.get(stage.name)
        if record is None:
            return ("not made yet",)
        changed = stage.basis(self.study, self.spec, self.sha_of).differs_from(record.basis)
        return tuple(f"{name} changed" for name in changed) + tuple(
            f"{path} is missing or was changed" for path in record.damaged(self.root)
        )

    def bring_up_to_date(self, stage: Stage, say: Progress = lambda _: None) -> None:
        """Make a stage's outputs unless they are up to date."""
        if not self.reasons(stage):
            return
        basis = stage.basis(self.study, self.spec, self.sha_of)
        made = self._made(stage, say)
        self._forget(stage.name)
        self.files |= made
        self.obsolete -= set(made)
        self.records[stage.name] = Record(basis, {path: fingerprint.of_bytes(made[path]) for path in sorted(made)})

    def _made(self, stage: Stage, say: Progress) -> dict[str, bytes]:
        """A stage's files; where it fails on an earlier file that was changed since, the file is to blame."""
        try:
            return stage.make(self.study, self.spec, self.read, say)
        except SurveyError:
            raise
        except Exception as error:
            needed = set(stage.needs(self.spec)) - self.files.keys()
            changed = [path for record in self.records.values() for path in record.damaged(self.root)]
            if spoilt := [path for path in changed if path in needed]:
                raise InputError(map(earlier.damaged, spoilt)) from error
            raise

    def read(self, path: str) -> bytes:
        """An earlier stage's file: made in this run, else under the root, else in the study's folder."""
        for draft in (self, *self.others):
            if path in draft.files:
                return draft.files[path]
            if path in draft.obsolete:
                raise earlier.missing(path)
        for folder in (self.root, self.study.folder):
            if (folder / path).is_file():
                return large.content(folder / path)
        raise earlier.missing(path)

    def sha_of(self, path: str) -> str:
        """The sha256 of what `read` gives, or ``absent``."""
        try:
            return fingerprint.of_bytes(self.read(path))
        except InputError:
            return fingerprint.ABSENT

    def lacking(self, stages: Sequence[Stage]) -> list[str]:
        """Files that `stages` need and that are nowhere."""
        return [path for s in stages for path in s.needs(self.spec) if self.sha_of(path) == fingerprint.ABSENT]

    def changes(self) -> FileSet | None:
        """What must be written for the set to be whole; None if it is."""
        self._drop_what_rests_on_older_files()
        content = self._manifest_content()
        new = {path: data for path, data in self.files.items() if not self._on_disk(path, data)}
        if not new and not self.obsolete and self._on_disk(_manifest(self.spec), content):
            return None
        folders = () if self.spec.name == TREND else (processed(self.spec),)
        return FileSet(new, _manifest(self.spec), content, tuple(sorted(self.obsolete)), folders)

    def outputs(self, stages: Sequence[Stage]) -> list[str]:
        """Files of `stages`, and the manifest last."""
        kept = {path for s in stages if s.name in self.records for path in self.records[s.name].outputs}
        return [*sorted(kept), _manifest(self.spec)]

    def notes(self, first: Stage) -> Iterator[str]:
        """What is known to be older than its sources and is read as it is by a later stage."""
        for stage in self.study.stages():
            if stage.verb == first.verb:
                return
            if stage.name in self.records and (why := self.reasons(stage)):
                yield f"wave {self.spec.name}: the files of `survey {stage.name}` are out of date ({'; '.join(why)})"

    def _forget(self, name: str) -> None:
        if record := self.records.pop(name, None):
            self.obsolete |= set(record.outputs) - set(self.files)

    def _drop_what_rests_on_older_files(self) -> None:
        """A report never lies beside tables of another run: what changed takes it along."""
        names = [name for name, record in self.records.items() if self._rests_on_older(record)]
        for name in names:
            self._forget(name)
        if names:
            self._drop_what_rests_on_older_files()

    def _rests_on_older(self, record: Record) -> bool:
        return any(
            path in draft.obsolete or (path in draft.files and fingerprint.of_bytes(draft.files[path]) != sha)
            for draft in (self, *self.others)
            for path, sha in record.basis.inputs.items()
        )

    def _on_disk(self, path: str, data: bytes) -> bool:
        return fingerprint.of_file(self.root / path) == fingerprint.of_bytes(data)

    def _manifest_content(self) -> bytes:
        spec = self.study.spec
        about = {
            "study": spec.study,
            "wave": self.spec.name,
            "synthetic": self.spec.synthetic,
            "seed": spec.seed,
            "settings": settings(spec, self.spec),
            "versions": dict(fingerprint.versions()),
            "program": fingerprint.program(),
        }
        if self.spec.name == TREND:
            about["manifests"] = {_manifest(wave): self._manifest_sha(wave) for wave in spec.waves}
        return manifest.content(about, self.study.files, self.records)

    def _manifest_sha(self, wave: WaveSpec) -> str:
        """The sha256 of a wave's manifest as it will be when this run ends."""
        for draft in self.others:
            if draft.spec == wave:
                return fingerprint.of_bytes(draft._manifest_content())
        return fingerprint.of_file(self.root / _manifest(wave))


def _make_waves(study: Study, stages: Sequence[Stage], drafts: Sequence[Draft], say: Progress) -> None:
    together = Together()
    for stage in stages:
        if any(draft.reasons(stage) for draft in drafts):
            with together.step():
                stage.verify(study)
    for stage in stages:
        for draft in drafts:
            say(f"{draft.spec.name}: {stage.name}")
            with together.step():
                draft.bring_up_to_date(stage, say)
        together.finish()


def _make_trend(over_all: Draft, stages: Sequence[Stage], say: Progress) -> list[str]:
    """Bring the trend up to date unless it lacks a wave, which the note that is returned says."""
    if lacking := over_all.lacking(stages[:1]):
        return [f"the trend over waves is not made: {lacking[0]} is missing"]
    for stage in stages:
        say(f"{over_all.spec.name}: {stage.name}")
        over_all.bring_up_to_date(stage, say)
    return []


def _manifest(spec: WaveSpec) -> str:
    return f"{reports(spec)}/manifest.json"


def _check_apart(study: Study, waves: Sequence[WaveSpec], root: Path) -> None:
    """Refuse to write where the study's own sources lie."""
    written = [(root / folder(spec)).resolve() for spec in waves for folder in (processed, reports)]
    read = {spec.source: study.folder / spec.source for spec in study.spec.waves}
    read |= {name: study.folder / name for name in study.files}
    for name, place in read.items():
        if any(place.resolve().is_relative_to(folder) for folder in written):
            raise OutputError(
                Problem(
                    file=name,
                    found="an input inside a folder this run writes",
                    expected="inputs outside data/processed and reports",
                    hint="Move the file, or choose another folder with --out.",
                )
            )
