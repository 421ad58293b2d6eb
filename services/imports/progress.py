"""Tracks the progress of an import: the committed blocks and the counts of their rows."""

from collections.abc import Mapping
from typing import Any

from services.imports.merge import Outcomes
from services.imports.record_splitting import Block
from services.imports.warnings import WarningCode, Warnings

_COUNTED = "total imported valid invalid skipped rejected created updated opted_out added_to_list"
ZEROS = dict.fromkeys(_COUNTED.split(), 0)


class Progress:
    """Progress from a job's checkpoint, summary and warnings. A block is added after its commit.

    Blocks may be committed out of order: those before `done` are committed, and those in `ahead`.
    """

    def __init__(
        self, checkpoint: Mapping[str, Any], summary: Mapping[str, int] | None, warnings: list[list[Any]]
    ) -> None:
        self.take({"checkpoint": checkpoint, "summary": summary, "warnings": warnings})

    def has(self, block: Block) -> bool:
        return block.index < self._done or block.index in self._ahead

    @property
    def summary(self) -> dict[str, int]:
        return dict(self._summary)

    @property
    def has_file(self) -> bool:
        """Whether a block had rows that the job's file contains."""
        codes = {code for code, *_ in self._warnings}
        return self._summary["rejected"] > 0 or WarningCode.EXISTING_SKIPPED.value in codes

    def with_block(self, block: Block, outcomes: Outcomes) -> dict[str, Any]:
        """Returns the job's columns with this block added."""
        done, ahead = self._done, self._ahead | {block.index}
        while done in ahead:
            ahead.remove(done)
            done += 1
        summary = {name: count + outcomes.counts[name] for name, count in self._summary.items()}
        columns = {
            "checkpoint": {"done": done, "ahead": sorted(ahead)},
            "summary": summary,
            "done_row_count": summary["total"],
        }
        if outcomes.warnings:
            warnings = Warnings.from_json(self._warnings)
            warnings.merge(outcomes.warnings)
            columns["warnings"] = warnings.to_json()
        return columns

    def take(self, columns: Mapping[str, Any]) -> None:
        """Adopts committed values of the job's columns, as returned by `with_block`."""
        self._done: int = columns["checkpoint"].get("done", 0)
        self._ahead: set[int] = set(columns["checkpoint"].get("ahead", ()))
        self._summary: dict[str, int] = dict(columns["summary"] or ZEROS)
        if "warnings" in columns:
            self._warnings: list[list[Any]] = columns["warnings"]
