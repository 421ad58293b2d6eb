"""Finds rows that repeat a number or an external id of an earlier row of the file, whose first row counts."""

from services.imports.block_parsing import ParsedBlock
from services.refusal import Code


class FirstRows:
    """Remembers the numbers and external ids of earlier blocks, about 90 bytes per row. Pass the blocks in order."""

    def __init__(self) -> None:
        self._phones: set[int] = set()
        self._external_ids: set[int] = set()
        self._opted_out: set[int] = set()

    def duplicates_in(self, block: ParsedBlock) -> dict[int, Code]:
        """Returns the positions of rows whose number or external id occurs in an earlier row, with the error code."""
        phones = list(map(int, block.phones))
        new = set(phones)
        if block.external_ids is None and len(new) == len(phones) and self._phones.isdisjoint(new):
            self._phones |= new
            return {}
        later: dict[int, Code] = {}
        for place, phone in enumerate(phones):
            if phone in self._phones:
                later[place] = Code.DUPLICATE_IN_FILE
                continue
            external_id = block.external_ids[place] if block.external_ids else None
            if external_id is not None:
                # Python's hash has 64 bits: the probability of a collision among a million values is one in 30 million.
                if hash(external_id) in self._external_ids:
                    later[place] = Code.DUPLICATE_EXTERNAL_ID
                    continue
                self._external_ids.add(hash(external_id))
            self._phones.add(phone)
        return later

    def newly_opted_out(self, block: ParsedBlock) -> list[str]:
        """Returns the numbers that this block opts out and no earlier block does."""
        phones = [phone for phone in dict.fromkeys(block.opted_out) if int(phone) not in self._opted_out]
        self._opted_out.update(map(int, phones))
        return phones
