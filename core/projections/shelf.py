"""Records of people who are gone, kept small: thousands of them in one block of memory, not in a dozen objects each.

Owns that block and the way to find a record in it. Must not know what a record holds.

An object that outlives the crowd it came with keeps the whole page of memory it lies on, and all of Python's arena with
it; 5,000 people leave such objects on nearly every page that their connections took. What is copied in here does not.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterator, Sequence

LENGTH_BYTES = 4


class Shelf:
    """Records, each under one or more names. `len()` counts them.

    Finding one takes O(log n); putting one there moves 12 bytes for each that is there.
    """

    def __init__(self) -> None:
        self._block = bytearray()  # each record behind its length; one that was taken has its length negated
        self._hashes = array("q")  # of the names, in order
        self._starts = array("L")  # where in the block the record with the hash at the same place begins
        self._count = 0
        self._wasted_bytes = 0

    def __len__(self) -> int:
        return self._count

    def put(self, names: Sequence[str], record: bytes) -> None:
        """Keep this record under these names."""
        start = len(self._block)
        self._block += len(record).to_bytes(LENGTH_BYTES, "big", signed=True) + record
        for name in names:
            at = bisect_left(self._hashes, hash(name))
            self._hashes.insert(at, hash(name))
            self._starts.insert(at, start)
        self._count += 1

    def find(self, name: str) -> Iterator[bytes]:
        """The record with this name, perhaps among others whose names have the same hash."""
        for at in self._places(name):
            yield self._record_at(self._starts[at])

    def take(self, names: Sequence[str], record: bytes) -> None:
        """Remove this record, which has these names."""
        start = next(s for s in map(self._starts.__getitem__, self._places(names[0])) if self._record_at(s) == record)
        for name in names:
            at = next(at for at in self._places(name) if self._starts[at] == start)
            del self._hashes[at], self._starts[at]
        self._block[start : start + LENGTH_BYTES] = (-len(record)).to_bytes(LENGTH_BYTES, "big", signed=True)
        self._count -= 1
        self._wasted_bytes += LENGTH_BYTES + len(record)
        if self._wasted_bytes > len(self._block) // 2:
            self._close_gaps()

    def __iter__(self) -> Iterator[bytes]:
        """Every record, in the order in which they were put here."""
        for start, taken in self._all():
            if not taken:
                yield self._record_at(start)

    def _places(self, name: str) -> range:
        first = last = bisect_left(self._hashes, hash(name))
        while last < len(self._hashes) and self._hashes[last] == hash(name):
            last += 1
        return range(first, last)

    def _length_at(self, start: int) -> int:
        return int.from_bytes(self._block[start : start + LENGTH_BYTES], "big", signed=True)

    def _record_at(self, start: int) -> bytes:
        begin = start + LENGTH_BYTES
        return bytes(self._block[begin : begin + self._length_at(start)])

    def _all(self) -> Iterator[tuple[int, bool]]:
        """Where each record begins, and whether it was taken."""
        start = 0
        while start < len(self._block):
            length = self._length_at(start)
            yield start, length < 0
            start += LENGTH_BYTES + abs(length)

    def _close_gaps(self) -> None:
        block, moved = bytearray(), {}
        for start, taken in self._all():
            if not taken:
                moved[start] = len(block)
                block += self._block[start : start + LENGTH_BYTES + self._length_at(start)]
        self._block, self._wasted_bytes = block, 0
        self._starts = array("L", (moved[start] for start in self._starts))
