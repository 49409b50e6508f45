"""Problems of several steps, raised at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from survey.errors import OutputError, Problem, SurveyError


@dataclass
class Together:
    """Problems of several steps, raised at once."""

    problems: list[Problem] = field(default_factory=list)
    kind: type[SurveyError] = SurveyError

    @contextmanager
    def step(self) -> Iterator[None]:
        """Keep the problems of the block for `finish`."""
        try:
            yield
        except OutputError:
            raise
        except SurveyError as error:
            self.kind = self.kind if self.problems else type(error)
            self.problems += [problem for problem in error.problems if problem not in self.problems]

    def finish(self) -> None:
        """Raise every problem that was kept."""
        if self.problems:
            raise self.kind(self.problems)
