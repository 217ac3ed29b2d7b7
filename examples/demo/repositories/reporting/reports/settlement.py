"""Makes the settlement report of a merchant for a day."""

import csv
from collections.abc import Iterable
from typing import NamedTuple, TextIO


class Line(NamedTuple):
    payment: str
    gross: int
    fee: int

    @property
    def net(self) -> int:
        return self.gross - self.fee


def write(lines: Iterable[Line], out: TextIO) -> int:
    """Writes the lines and returns the net total, to be compared with the ledger."""
    writer = csv.writer(out)
    writer.writerow(["payment", "gross", "fee", "net"])
    total = 0
    for line in lines:
        writer.writerow([line.payment, line.gross, line.fee, line.net])
        total += line.net
    return total
