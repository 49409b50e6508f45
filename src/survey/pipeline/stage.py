"""What a stage of a wave is: what it needs, what its outputs rest on, how they are made, and where they lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from survey.core.study import WaveSpec
from survey.pipeline.earlier import Read
from survey.writing import fingerprint
from survey.writing.manifest import Basis

if TYPE_CHECKING:
    from survey.study import Study

Hash = Callable[[str], str]
Files = dict[str, bytes]
Making = Callable[[], Files]
Progress = Callable[[str], None]

PREPARE, ESTIMATE, REPORT = "prepare", "estimate", "report"


@dataclass(frozen=True)
class Stage:
    """One stage of a wave.

    Attributes
    ----------
    needs : paths, relative to the output root, that the stage before wrote.
    state : what the outputs rest on besides files, as hashes.
    sources : files in the study's folder that it reads, beyond the instrument.
    begin : reads the contents of `needs`; what it gives makes path → content and may do so in another thread.
        Long work tells the last argument where it is.
    verify : looks at what all waves share, and raises its problems.
    """

    name: str
    needs: Callable[[WaveSpec], tuple[str, ...]]
    sources: Callable[[Study, WaveSpec], Mapping[str, str]]
    state: Callable[[Study, WaveSpec], Mapping[str, str]]
    begin: Callable[[Study, WaveSpec, Read, Progress], Making]
    verify: Callable[[Study], object] = lambda _: None

    @property
    def verb(self) -> str:
        """The command that makes it: its name without the language."""
        return self.name.partition(".")[0]

    def basis(self, study: Study, spec: WaveSpec, sha_of: Hash) -> Basis:
        """What the outputs would rest on if they were made now."""
        earlier = {path: sha_of(path) for path in self.needs(spec)}
        program = {"program": fingerprint.program(), "packages": fingerprint.of_value(dict(fingerprint.versions()))}
        return Basis(
            inputs={**study.instrument_files, **self.sources(study, spec), **earlier},
            state={**program, **self.state(study, spec)},
        )


def at_once(make: Callable[[Study, WaveSpec, Read, Progress], Files]) -> Callable[..., Making]:
    """The beginning of a stage that leaves nothing for another thread."""

    def begin(study: Study, spec: WaveSpec, read: Read, say: Progress) -> Making:
        files = make(study, spec, read, say)
        return lambda: files

    return begin


def processed(spec: WaveSpec) -> str:
    """Folder of a wave's cleaned answers, relative to the output root."""
    return f"data/processed/{spec.name}"


def reports(spec: WaveSpec) -> str:
    """Folder of a wave's estimates and reports, relative to the output root."""
    return f"reports/{spec.name}"
