"""The study that `survey new` makes: commented YAML from this folder and a synthetic wave."""

from __future__ import annotations

from importlib.resources import files as resources

from survey.core.schema import load_instrument, load_study
from survey.simulate import generic

_TEXTS = ("study.yaml", "instrument.yaml", "README.md")


def files() -> dict[str, bytes]:
    """Every file of the folder by relative path."""
    folder = resources(__package__)
    texts = {name: (folder / name).read_text(encoding="utf-8") for name in _TEXTS}
    study = load_study(texts["study.yaml"], "study.yaml")
    instrument = load_instrument(
        texts["instrument.yaml"], "instrument.yaml", study.languages, lambda name: texts[name], study.min_valid
    )
    found = {name: text.encode() for name, text in texts.items()}
    for spec in study.waves:
        found |= generic.wave(study, instrument, spec, study.seed)
    return found
