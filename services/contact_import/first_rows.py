"""Of the rows of one number, or of one external id, the first in the file counts. Remembered for the whole file."""

from services.contact_import.blocks import ParsedBlock
from services.refusal import Code


class FirstRows:
    """What the blocks so far have held; blocks are given in their order. Some 90 bytes a row."""

    def __init__(self) -> None:
        self._phones: set[int] = set()
        self._external_ids: set[int] = set()
        self._opted_out: set[int] = set()

    def later_ones(self, block: ParsedBlock) -> dict[int, Code]:
        """The places of rows whose number, or external id, an earlier row has."""
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
                # Python's hash has 64 bits: that two of a million are alike is as likely as one in 30 million.
                if hash(external_id) in self._external_ids:
                    later[place] = Code.DUPLICATE_EXTERNAL_ID
                    continue
                self._external_ids.add(hash(external_id))
            self._phones.add(phone)
        return later

    def newly_opted_out(self, block: ParsedBlock) -> list[str]:
        """The numbers that the block opts out and no block before it has."""
        found = [phone for phone in dict.fromkeys(block.opted_out) if int(phone) not in self._opted_out]
        self._opted_out.update(map(int, found))
        return found
