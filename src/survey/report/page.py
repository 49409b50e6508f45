"""What every section of the report is written from: the release, its rows and one language."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from survey.core.study import TREND
from survey.report.locale import Translator, translator
from survey.report.rows import Rows

if TYPE_CHECKING:
    import pandas as pd

    from survey.core.estimates import Release
    from survey.core.instrument import Indicator
    from survey.core.variables import Variable
    from survey.core.words import Words


@dataclass(frozen=True)
class Page:
    """One release in one language."""

    release: Release
    t: Translator
    rows: Rows = field(repr=False)

    @property
    def title(self) -> str:
        """The study's title."""
        return self.words(self.release.study.title) or self.release.study.study

    @property
    def wave_label(self) -> str:
        """The wave's words for itself."""
        if self.release.wave.name == TREND:
            waves = self.t.listing([self.words(w.label) or w.name for w in self.release.study.waves])
            return self.t("Change over the waves: {waves}", waves=waves)
        return self.words(self.release.wave.label) or self.release.wave.name

    def words(self, words: Words) -> str:
        """The study's own text in the language of the page."""
        return words.in_language(self.t.language)

    def rule(self, words: Words) -> str:
        """Words of a rule of the package: its own in the languages it speaks, else those of the catalogue."""
        return words.in_language(self.t.language) if self.t.language in words.texts else self.t(words.in_language("en"))

    def label(self, name: str) -> str:
        """Short name of an indicator, question, derived variable or dimension; the name itself where none is known."""
        instrument = self.release.instrument
        known = {i.name: i.label for i in instrument.indicators}
        frame = instrument.frame(self.release.study.frame)
        if frame is not None and (dimension := frame.dimension(name)) is not None:
            return self.words(dimension.label)
        if name in known:
            return self.words(known[name]) or name
        return (self.words(instrument.variable(name).label) if instrument.has(name) else "") or name

    def level(self, name: str, key: str | None) -> str:
        """Label of one answer or group, given its code as text."""
        if key is None:
            return ""
        levels = self.variable(name).levels if self.release.instrument.has(name) else ()
        return next((self.words(v.label) or key for v in levels if v.key == key), key)

    def facet(self, indicator: str, key: str | None) -> str:
        """Label of a facet of an indicator."""
        facets = self.release.instrument.indicator(indicator).facets
        return next((self.words(f.label) or f.name for f in facets if f.name == key), key or "")

    def variable(self, name: str) -> Variable:
        """The question or derived variable of that name."""
        return self.release.instrument.variable(name)

    def indicators(self) -> list[Indicator]:
        """Indicators of which the release holds a mean, in the instrument's order."""
        return [i for i in self.release.instrument.indicators if self.rows.overall("indicators", "mean", i.name)]

    def fact(self, name: str) -> pd.DataFrame | None:
        """A small table about the wave; None where it is absent or empty."""
        found = self.release.facts.get(name)
        return found if found is not None and len(found) else None

    @staticmethod
    def records(fact: pd.DataFrame) -> list[dict[str, Any]]:
        """The rows of a fact, missing cells as None."""
        held = fact.astype(object).where(fact.notna(), None)
        return [dict(zip(held.columns, row, strict=True)) for row in held.itertuples(index=False)]

    def value(self, fact: str, name: str) -> object | None:
        """One value of a fact that is a list of names and values; None where it is absent."""
        found = self.fact(fact)
        if found is None:
            return None
        values = dict(zip(found["name"].astype(str), found["value"].tolist(), strict=True))
        value = values.get(name)
        return None if value is None or value != value else value

    @property
    def probability(self) -> bool:
        """Whether the wave is a probability sample, so that intervals exist."""
        return self.release.wave.design.sampling == "probability"

    @property
    def confidence(self) -> str:
        """The confidence level as a percentage."""
        level = self.release.study.conf_level
        return self.t.percent(level, 0 if abs(100 * level - round(100 * level)) < 1e-9 else 1)


def page(release: Release, language: str) -> Page:
    """The page of a release in one language."""
    return Page(release, translator(language), Rows(release.estimates))
