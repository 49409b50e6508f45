"""Rules that turn a mean into a word ("buruk", "baik"): data, read from ``label_rules.yaml``.

A further rule is an entry there; a further way to rescale the mean is a `Ruler` here and its formula
where labels are computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any, Literal

from survey.core.words import Words

Ruler = Literal["five", "percent_of_highest", "nik", "nik_rounded_weight", "from_middle"]
Side = Literal["poor", "fair", "good"]

_FILE = "label_rules.yaml"


@dataclass(frozen=True, slots=True)
class Label:
    """One word of a rule.

    Attributes
    ----------
    key : the word in Indonesian, as the rule prints it
    mark : letter that goes with it, where the rule has any
    floor : lowest value on the rule's ruler that earns it
    side : whether it praises or blames, for comparison with other rules
    """

    key: str
    words: Words
    mark: str | None
    floor: float
    side: Side


@dataclass(frozen=True, slots=True)
class LabelRule:
    """A table of words with the ruler it is read on.

    Attributes
    ----------
    source : regulation or convention, stored with each result
    native : ends of the scale the rule was made for; None: any scale
    decimals : to which a value is rounded, half up, before it is compared
    labels : ascending by `floor`
    """

    name: str
    title: Words
    source: str
    ruler: Ruler
    native: tuple[float, float] | None
    decimals: int
    labels: tuple[Label, ...]

    def indicative(self, scale: tuple[float, float]) -> bool:
        """Whether a scale with these ends is not the one the rule was made for."""
        return self.native is not None and self.native != scale

    def label(self, key: str) -> Label:
        """The label of that key."""
        return next(label for label in self.labels if label.key == key)


@lru_cache
def label_rules() -> tuple[LabelRule, ...]:
    """Every rule, in the file's order."""
    from survey.core import yamltext

    text = files("survey.core").joinpath(_FILE).read_text(encoding="utf-8")
    return tuple(_rule(str(name), entry) for name, entry in yamltext.load(text, _FILE).data.items())


def _rule(name: str, entry: Mapping[str, Any]) -> LabelRule:
    native = tuple(map(float, entry["native"])) if "native" in entry else None
    return LabelRule(
        name,
        Words(entry["title"]),
        entry["source"],
        entry["ruler"],
        (native[0], native[1]) if native else None,
        entry["decimals"],
        tuple(_label(label) for label in entry["labels"]),
    )


def _label(entry: Mapping[str, Any]) -> Label:
    words = Words({"id": entry["key"], "en": entry["en"]})
    return Label(entry["key"], words, entry.get("mark"), float(entry["from"]), entry["side"])
