"""What a verb of the command line answers, before it is printed for people or as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from survey.errors import Problem

DONE, FAULT, REFUSED = 0, 1, 2


@dataclass(frozen=True)
class Answer:
    """What a verb says: lines for people, names for programs.

    Attributes
    ----------
    outputs, written : files relative to the output root: those of the verb, and those it wrote now.
    extra : further keys of ``--json``.
    """

    lines: Sequence[str] = ()
    outputs: Sequence[str] = ()
    written: Sequence[str] = ()
    problems: Sequence[Problem] = ()
    notes: Sequence[str] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    fault: bool = False

    @property
    def status(self) -> int:
        """Exit status."""
        return FAULT if self.fault else REFUSED if self.problems else DONE
