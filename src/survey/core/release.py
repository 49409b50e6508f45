"""What a study hides before anything is printed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ReleasePolicy:
    """What is hidden before anything is printed; contract §5 Release."""

    min_n: int = 10
    min_cell: int = 5
    complementary: bool = True
    round_to: int | None = None

    @property
    def loosened(self) -> bool:
        """Whether the study hides less than the default does."""
        return self.min_n < 10 or self.min_cell < 5 or not self.complementary
