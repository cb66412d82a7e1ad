"""What the window is told of the journal's disk while the door is open."""

from dataclasses import dataclass, replace

from app.store.rescue import Rescue


@dataclass(frozen=True, slots=True)
class StorageFacts:
    """Whether the journal can be written, what had to be rebuilt, and how often it was opened anew."""

    is_failing: bool = False
    rescue: Rescue | None = None
    openings: int = 0

    def failing(self) -> "StorageFacts":
        """A guest could not be recorded."""
        return replace(self, is_failing=True)

    def after(self, rescue: Rescue | None, *, is_failing: bool, is_reopened: bool) -> "StorageFacts":
        """After a look by a real write."""
        return StorageFacts(is_failing, rescue or self.rescue, self.openings + is_reopened)
