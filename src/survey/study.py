"""A study: the folder whose study.yaml says what is studied, and the verbs that work on it.

The class orchestrates; what the verbs do is in `pipeline`.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from survey.errors import Problem, SchemaError, nearest, unknown_name

if TYPE_CHECKING:
    from survey.core.estimates import Release
    from survey.core.instrument import Instrument
    from survey.core.study import StudySpec, WaveSpec
    from survey.core.wave import Wave
    from survey.pipeline.build import Outcome
    from survey.pipeline.checking import Findings
    from survey.pipeline.draft import Draft
    from survey.pipeline.stage import Progress, Stage
    from survey.pipeline.status import StageState

STUDY_FILE = "study.yaml"
MAX_TEXT = 50_000_000


@dataclass(frozen=True)
class Study:
    """What a study's YAML files say, and where they lie.

    Attributes
    ----------
    folder : paths in the study are relative to it; outputs go below it unless `out` says otherwise.
    files : every text file the study was read from, as it names it → sha256.
    instrument_files : those of them that make the instrument.
    file : the study file's name in the folder.
    """

    folder: Path
    spec: StudySpec = field(repr=False)
    instrument: Instrument = field(repr=False)
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    instrument_files: Mapping[str, str] = field(default_factory=dict, repr=False)
    file: str = STUDY_FILE

    @classmethod
    def load(cls, path: str | os.PathLike[str] = ".") -> Study:
        """The study in a folder, or of a study file under any name.

        Raises
        ------
        SchemaError
            Every problem of study.yaml, instrument.yaml and the code lists, at once.
        """
        from survey.core import schema

        folder, name = _locate(Path(path))
        texts = Texts(folder)
        text = texts.read(name)
        spec, instrument = schema.load(text, name, texts.read)
        of_instrument = {other: sha for other, sha in texts.sha256.items() if other != name}
        return cls(folder, spec, instrument, dict(texts.sha256), of_instrument, name)

    def check(self, waves: Collection[str] = ()) -> Findings:
        """Every problem of the study's data, and the columns that no question names; writes nothing."""
        from survey.pipeline.checking import findings

        return findings(self, self.waves(waves))

    def prepare(
        self, waves: Collection[str] = (), out: str | os.PathLike[str] | None = None, progress: Progress | None = None
    ) -> Outcome:
        """Cleaned, weighted answers of the waves (all by default), under data/processed."""
        return self._build("prepare", waves, (), out, progress)

    def estimate(
        self, waves: Collection[str] = (), out: str | os.PathLike[str] | None = None, progress: Progress | None = None
    ) -> Outcome:
        """Protected estimates of prepared waves, under reports."""
        return self._build("estimate", waves, (), out, progress)

    def report(
        self,
        waves: Collection[str] = (),
        languages: Collection[str] = (),
        out: str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
    ) -> Outcome:
        """Reports of estimated waves in the languages (all by default), under reports."""
        return self._build("report", waves, languages, out, progress)

    def run(
        self,
        waves: Collection[str] = (),
        languages: Collection[str] = (),
        out: str | os.PathLike[str] | None = None,
        progress: Progress | None = None,
    ) -> Outcome:
        """Every stage of the waves; what has not changed is not made again."""
        return self._build(None, waves, languages, out, progress)

    def wave(self, name: str) -> Wave:
        """One wave, cleaned and weighted: from data/processed if up to date there, else made in memory."""
        from survey.pipeline import stages
        from survey.pipeline.draft import Draft

        draft = Draft(self, self.spec.wave(name), self.folder)
        draft.bring_up_to_date(self.stages()[0])
        return stages.read_wave(self, draft.spec, draft.read)

    def release(self, name: str) -> Release:
        """What may be published about one wave: from reports if up to date there, else made in memory."""
        from survey.pipeline import stages

        draft = self._estimated(self.spec.wave(name))
        return stages.release(self, draft.spec, draft.read)

    def trend_release(self) -> Release:
        """What may be published over all waves: from reports if up to date there, else made in memory.

        Raises
        ------
        SchemaError
            Where the study has one wave, or asks for no analysis over waves.
        """
        from survey.pipeline import stages
        from survey.pipeline.draft import Draft

        over_waves = self.trend_stages()
        if not over_waves:
            hint = "Add a wave; where the study lists its analyses, name trend or targets among them."
            raise SchemaError(
                Problem(self.file, found="no trend", expected="two waves and an analysis over them", hint=hint)
            )
        waves = [self._estimated(spec) for spec in self.spec.waves]
        draft = Draft(self, self.spec.trend, self.folder, waves)
        draft.bring_up_to_date(over_waves[0])
        return stages.release(self, draft.spec, draft.read)

    def status(self, waves: Collection[str] = (), out: str | os.PathLike[str] | None = None) -> list[StageState]:
        """Whether each stage of each wave is up to date, and if not, why."""
        from survey.pipeline.status import states

        return states(self, self.waves(waves), self._root(out))

    def stages(self, languages: Collection[str] = ()) -> tuple[Stage, ...]:
        """The stages in order; reports in `languages`, by default in every language of the study."""
        from survey.pipeline import stages

        return stages.stages(self._languages(languages))

    def trend_stages(self, languages: Collection[str] = ()) -> tuple[Stage, ...]:
        """The stages of the trend over waves; none where the study has one wave or asks for none."""
        from survey.pipeline import trend

        return trend.stages(self, self._languages(languages))

    def _estimated(self, spec: WaveSpec) -> Draft:
        """A wave with its estimates up to date, in memory where they are not on disk."""
        from survey.pipeline.draft import Draft

        draft = Draft(self, spec, self.folder)
        for stage in self.stages()[:2]:
            draft.bring_up_to_date(stage)
        return draft

    def _languages(self, chosen: Collection[str]) -> tuple[str, ...]:
        if unknown := [lang for lang in chosen if lang not in self.spec.languages]:
            raise SchemaError(unknown_name("language", lang, self.spec.languages, self.file) for lang in unknown)
        return tuple(lang for lang in self.spec.languages if not chosen or lang in chosen)

    def waves(self, names: Collection[str] = ()) -> tuple[WaveSpec, ...]:
        """The waves of these names, in the study's order; all without names."""
        known = [wave.name for wave in self.spec.waves]
        if unknown := [name for name in names if name not in known]:
            raise SchemaError(unknown_name("wave", name, known, self.file) for name in unknown)
        return tuple(wave for wave in self.spec.waves if not names or wave.name in names)

    def read_text(self, name: str) -> str:
        """The text of a file that the study names."""
        return Texts(self.folder).read(name)

    def _build(
        self,
        verb: str | None,
        waves: Collection[str],
        languages: Collection[str],
        out: str | os.PathLike[str] | None,
        progress: Progress | None,
    ) -> Outcome:
        from survey.pipeline.build import build

        wanted = [stage for stage in self.stages(languages) if verb in (None, stage.verb)]
        over_waves = [stage for stage in self.trend_stages(languages) if verb in (None, stage.verb)]
        return build(self, wanted, self.waves(waves), self._root(out), progress, over_waves)

    def _root(self, out: str | os.PathLike[str] | None) -> Path:
        return self.folder if out is None else Path(out)


@dataclass
class Texts:
    """Reads text files of a study and remembers the sha256 of each."""

    folder: Path
    sha256: dict[str, str] = field(default_factory=dict)

    def read(self, name: str) -> str:
        """The text of a file; SchemaError if it is missing, no regular file, or not UTF-8."""
        from survey.writing import fingerprint

        content = _bytes(self.folder / name, name)
        self.sha256[name] = fingerprint.of_bytes(content)
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            row = content.count(b"\n", 0, error.start) + 1
            problem = Problem(
                name, row, None, "bytes that are not UTF-8", "UTF-8 text", "Save the file with the encoding UTF-8."
            )
            raise SchemaError(problem) from None


def _bytes(path: Path, name: str) -> bytes:
    try:
        state = path.stat()
        if not stat.S_ISREG(state.st_mode):
            raise SchemaError(Problem(name, found="no regular file", expected="a text file"))
        if state.st_size > MAX_TEXT:
            raise SchemaError(Problem(name, found=f"{state.st_size} bytes", expected=f"at most {MAX_TEXT} bytes"))
        return path.read_bytes()
    except FileNotFoundError:
        beside = _names(path.parent)
        raise SchemaError(
            Problem(name, found="no such file", expected="a text file", hint=nearest(path.name, beside))
        ) from None
    except (OSError, ValueError) as error:  # a name with a NUL byte is a ValueError
        said = error.strerror if isinstance(error, OSError) else "not a file name"
        raise SchemaError(Problem(name, found=str(said).lower(), expected="a file that can be read")) from None


def _locate(path: Path) -> tuple[Path, str]:
    """The study's folder and the name of its file in it."""
    if path.is_dir():
        if not (path / STUDY_FILE).exists():
            hint = "Name a folder that holds one, or make a study with `survey new DIR`."
            raise SchemaError(Problem(str(path), found=f"no {STUDY_FILE} in this folder", hint=hint))
        return path, STUDY_FILE
    if not path.exists():
        hint = nearest(path.name, _names(path.parent)) or "Make a study with `survey new DIR`."
        raise SchemaError(
            Problem(
                str(path), found="no such folder or file", expected="a study's folder or its *.yaml file", hint=hint
            )
        )
    return path.parent, path.name


def _names(folder: Path) -> list[str]:
    entries: Iterable[Path] = folder.iterdir() if folder.is_dir() else ()
    return sorted(entry.name for entry in entries)
