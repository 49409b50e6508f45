"""Synthetic waves with a known truth, and a small study to begin with.

`simulate` makes the files of a study's synthetic waves: from the population that `simulate.population` in
study.yaml names, else from the instrument alone. `new_study` makes a whole folder. A new named population
is one line in `_POPULATIONS`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from survey.errors import Problem, SchemaError, nearest

if TYPE_CHECKING:
    from survey.core.instrument import Instrument
    from survey.core.study import StudySpec, WaveSpec

    Maker = Callable[[StudySpec, Instrument, WaveSpec, int], dict[str, bytes]]

__all__ = ["new_study", "simulate"]

_POPULATIONS = ("tangsel",)


def simulate(study_folder: Path, waves: Sequence[str] | None = None, seed: int | None = None) -> dict[str, bytes]:
    """Files of the study's synthetic waves by path relative to its folder; nothing is written.

    Parameters
    ----------
    waves : names; None: every wave that is declared synthetic.
    seed : of the draw; None: the study's. The population has its own seed, in ``simulate`` of study.yaml.

    Raises
    ------
    SchemaError
        If a named wave is not declared synthetic: collected answers are never written over.
    """
    from survey.core.schema import load_instrument, load_study

    folder = Path(study_folder)
    text = (folder / "study.yaml").read_text(encoding="utf-8")
    study = load_study(text, "study.yaml")
    instrument = load_instrument(
        (folder / study.instrument).read_text(encoding="utf-8"),
        study.instrument,
        study.languages,
        lambda name: (folder / name).read_text(encoding="utf-8"),
        study.min_valid,
    )
    make = _maker(study)
    files: dict[str, bytes] = {}
    for spec in _chosen(study, waves):
        files |= make(study, instrument, spec, study.seed if seed is None else seed)
    return files


def new_study() -> dict[str, bytes]:
    """Files of a small study that runs: YAML with comments, one synthetic wave and its truth."""
    from survey.simulate.starter import files

    return files()


def _maker(study: StudySpec) -> Maker:
    name = study.simulate.get("population")
    if name is None:
        from survey.simulate import generic

        return generic.wave
    if name not in _POPULATIONS:
        expected = f"one of {', '.join(_POPULATIONS)}, or no such key"
        hint = nearest(str(name), _POPULATIONS)
        raise SchemaError(Problem("study.yaml", None, "simulate.population", repr(name), expected, hint))
    from survey.simulate import tangsel

    return tangsel.wave


def _chosen(study: StudySpec, waves: Sequence[str] | None) -> list[WaveSpec]:
    chosen = [study.wave(name) for name in waves] if waves else [w for w in study.waves if w.synthetic]
    collected = [w for w in chosen if not w.synthetic]
    if collected or not chosen:
        raise SchemaError(
            Problem(
                "study.yaml",
                None,
                f"waves.{name}.synthetic",
                "a wave that is not synthetic",
                "synthetic: true",
                "Collected answers are never written over.",
            )
            for name in [w.name for w in collected] or ["*"]
        )
    return chosen
