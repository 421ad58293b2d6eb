"""IDs of objects, see `services.ids`."""

from services.ids import IdPrefix, InvalidId, decode, decode_as, encode, encode_many

__all__ = ("IdPrefix", "InvalidId", "decode", "decode_as", "encode", "encode_many")
