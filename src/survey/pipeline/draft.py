"""One wave's set, or the trend's, while it is made: what is up to date, what was made, what must be written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from survey.core.study import TREND, WaveSpec
from survey.errors import InputError, SurveyError
from survey.pipeline import earlier
from survey.pipeline.stage import Files, Making, Progress, Stage, processed, reports
from survey.pipeline.stages import settings
from survey.writing import fingerprint, large, manifest
from survey.writing.manifest import Basis, Record
from survey.writing.staging import FileSet

if TYPE_CHECKING:
    from survey.study import Study


class Draft:
    """One wave's set, or the trend's, while it is made: records of its stages and files not yet on disk.

    `others` are the drafts whose files it may read before they are on disk.
    """

    def __init__(self, study: Study, spec: WaveSpec, root: Path, others: Sequence[Draft] = ()) -> None:
        self.study, self.spec, self.root, self.others = study, spec, root, others
        self.records = manifest.read(root / manifest_of(spec), (processed(spec), reports(spec)))
        self.files: Files = {}
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
        if making := self.begin(stage, say):
            self.keep(stage, *making)

    def begin(self, stage: Stage, say: Progress = lambda _: None) -> tuple[Basis, Making] | None:
        """What a stage's outputs rest on and what is left to do to have them; None if they are up to date."""
        if not self.reasons(stage):
            return None
        return stage.basis(self.study, self.spec, self.sha_of), self._begun(stage, say)

    def keep(self, stage: Stage, basis: Basis, making: Making) -> None:
        """Put what a stage makes in the place of what it had made before."""
        made = making()
        self._forget(stage.name)
        self.files |= made
        self.obsolete -= set(made)
        hashes = {path: fingerprint.of_bytes(made[path]) for path in sorted(made)}
        self.records[stage.name] = Record(basis, hashes)

    def _begun(self, stage: Stage, say: Progress) -> Making:
        """What makes a stage's files; where it fails on an earlier file that was changed, the file is to blame."""
        try:
            return stage.begin(self.study, self.spec, self.read, say)
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
        if not new and not self.obsolete and self._on_disk(manifest_of(self.spec), content):
            return None
        folders = () if self.spec.name == TREND else (processed(self.spec),)
        return FileSet(new, manifest_of(self.spec), content, tuple(sorted(self.obsolete)), folders)

    def outputs(self, stages: Sequence[Stage]) -> list[str]:
        """Files of `stages`, and the manifest last."""
        kept = {path for s in stages if s.name in self.records for path in self.records[s.name].outputs}
        return [*sorted(kept), manifest_of(self.spec)]

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
            about["manifests"] = {manifest_of(wave): self._manifest_sha(wave) for wave in spec.waves}
        return manifest.content(about, self.study.files, self.records)

    def _manifest_sha(self, wave: WaveSpec) -> str:
        """The sha256 of a wave's manifest as it will be when this run ends."""
        for draft in self.others:
            if draft.spec == wave:
                return fingerprint.of_bytes(draft._manifest_content())
        return fingerprint.of_file(self.root / manifest_of(wave))


def manifest_of(spec: WaveSpec) -> str:
    """Path of a set's manifest, relative to the output root."""
    return f"{reports(spec)}/manifest.json"
