"""Text for people in several languages, as the study's YAML gives it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Words:
    """One text in several languages.

    Attributes
    ----------
    texts : language code → text; the key ``""`` serves every language.
    """

    texts: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def plain(cls, text: str) -> Words:
        """The same text in every language."""
        return cls({"": text})

    def in_language(self, language: str) -> str:
        """The text in `language`, else the one for every language, else the first there is."""
        for key in (language, ""):
            if key in self.texts:
                return self.texts[key]
        return next(iter(self.texts.values()), "")

    def __bool__(self) -> bool:
        return bool(self.texts)
