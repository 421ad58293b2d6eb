"""How far an import is: which blocks are in, and what became of their rows."""

from collections.abc import Mapping
from typing import Any

from services.contact_import.applying import Outcomes
from services.contact_import.records import Block

_COUNTED = "total imported valid invalid skipped rejected created updated opted_out added_to_list"
ZEROS = dict.fromkeys(_COUNTED.split(), 0)


class Progress:
    """Read from a job's checkpoint and summary; what is in is added once it is committed.

    Blocks may come in out of their order: all before `done` are in, and those of `ahead`.
    """

    def __init__(self, checkpoint: Mapping[str, Any], summary: Mapping[str, int] | None) -> None:
        self.take({"checkpoint": checkpoint, "summary": summary})

    def has(self, block: Block) -> bool:
        return block.index < self._done or block.index in self._ahead

    @property
    def summary(self) -> dict[str, int]:
        return dict(self._summary)

    def with_block(self, block: Block, outcomes: Outcomes) -> dict[str, Any]:
        """The job's columns once the block is in, too."""
        done, ahead = self._done, self._ahead | {block.index}
        while done in ahead:
            ahead.remove(done)
            done += 1
        summary = {name: count + outcomes.counts[name] for name, count in self._summary.items()}
        return {
            "checkpoint": {"done": done, "ahead": sorted(ahead)},
            "summary": summary,
            "done_row_count": summary["total"],
        }

    def take(self, columns: Mapping[str, Any]) -> None:
        """So the job stands: what `with_block` gave is committed."""
        self._done: int = columns["checkpoint"].get("done", 0)
        self._ahead: set[int] = set(columns["checkpoint"].get("ahead", ()))
        self._summary: dict[str, int] = dict(columns["summary"] or ZEROS)
