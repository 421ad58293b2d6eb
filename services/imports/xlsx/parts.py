"""Finds the parts of a workbook by their relationships, and reads what `python_calamine` leaves out of a sheet.

These are the number formats of its cells and its hidden rows.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple
from xml.etree import ElementTree
from xml.sax.saxutils import quoteattr

from services.imports.xlsx.number_formats import BUILT_IN, Formatter, formatter
from services.imports.xlsx.to_csv import CHECKED

_CHUNK: Final = 1 << 20
_LONGEST_ROW: Final = 1 << 26
_MOST_NAMED: Final = 50
"""Styles that the pattern of a cell names. With more, it matches all styles."""
_WORKBOOK: Final = "xl/workbook.xml"
_STANDARD: Final = {"styles": "xl/styles.xml", "sharedStrings": "xl/sharedStrings.xml"}
_TYPES: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
_ROOT: Final = re.compile(rb"<(\w+:)?worksheet\b")


class Related(NamedTuple):
    """A part that another part refers to: its name, and the last word of the relationship's type."""

    kind: str
    name: str


class Marks(NamedTuple):
    """A row that is hidden or has formatted cells. `formatters` has their columns, from 0."""

    row: int
    is_hidden: bool
    formatters: Mapping[int, Formatter]


class Parts:
    """The parts of a workbook. Raises LookupError if it has none."""

    def __init__(self, book: zipfile.ZipFile) -> None:
        self._book = book
        self._names = {name.lower(): name for name in book.namelist() if name.lower().endswith(CHECKED)}
        self.workbook = next(
            (each.name for each in self._related("").values() if each.kind == "officeDocument"), _WORKBOOK
        )
        self.related = self._related(self.workbook)

    def sheet(self, name: str) -> str | None:
        """Returns the part of a sheet, or None if the workbook does not say."""
        with self._book.open(self._names[self.workbook.lower()]) as file:
            for _, element in ElementTree.iterparse(file):
                if _local(element.tag) == "sheet" and element.get("name") == name:
                    key = next((value for attribute, value in element.items() if _local(attribute) == "id"), "")
                    return self.related[key].name if key in self.related else None
        return None

    def has_standard_names(self) -> bool:
        """Returns whether `python_calamine` finds the parts."""
        return self.workbook == _WORKBOOK and all(
            each.name == _STANDARD.get(each.kind, each.name) and each.name.startswith("xl/")
            for each in self.related.values()
            if each.kind in (*_STANDARD, "worksheet")
        )

    def write_with_standard_names(self, target: str) -> None:
        """Writes the workbook's values with the names of parts that most programs use."""
        related = []
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as written:
            self._copy(self.workbook, written, _WORKBOOK)
            for number, (key, each) in enumerate(self.related.items(), 1):
                name = _STANDARD.get(each.kind, f"xl/worksheets/sheet{number}.xml")
                if each.kind in (*_STANDARD, "worksheet") and each.name.lower() in self._names:
                    self._copy(each.name, written, name)
                    related.append((key, Related(each.kind, name)))
            written.writestr("_rels/.rels", _relationships([("workbook", Related("officeDocument", _WORKBOOK))]))
            written.writestr("xl/_rels/workbook.xml.rels", _relationships(related))

    def formatters(self) -> Mapping[int, Formatter]:
        """Returns the formatters of the styles that have one, by the index of the style."""
        name = next((each.name for each in self.related.values() if each.kind == "styles"), "")
        if name.lower() not in self._names:
            return {}
        codes: dict[int, str] = dict(BUILT_IN)
        styles: list[int] = []
        with self._book.open(self._names[name.lower()]) as file:
            root = ElementTree.parse(file).getroot()
        for element in root.iter():
            if _local(element.tag) == "numFmt" and (code := element.get("formatCode")):
                codes[int(element.get("numFmtId", -1))] = code
            elif _local(element.tag) == "cellXfs":
                styles = [int(style.get("numFmtId", 0)) for style in element]
        known = {number: formatter(codes[number]) for number in set(styles) & codes.keys()}
        return {place: found for place, number in enumerate(styles) if (found := known.get(number)) is not None}

    def marks(self, name: str, formatters: Mapping[int, Formatter]) -> Iterator[Marks]:
        """Yields the marks of a sheet's rows, in order, for rows that have any."""
        with self._book.open(self._names[name.lower()]) as file:
            rest = file.read(_CHUNK)
            found = _ROOT.search(rest)
            prefix = b"" if found is None else found[1] or b""
            of_row = b"<" + prefix + b"row "
            hidden_row = re.compile(of_row + rb'(?=[^>]{0,500}\bhidden="(?:1|true)")[^>]{0,500}?\br="(\d+)"')
            styles = b"|".join(b"%d" % style for style in formatters) if len(formatters) <= _MOST_NAMED else rb"\d+"
            cell = re.compile(
                b"<" + prefix + b'c (?=[^>]{0,500}\\bs="(' + styles + b')")[^>]{0,500}?\\br="([A-Z]{1,3})(\\d+)"'
            )
            while rest:
                more = file.read(_CHUNK)
                end = rest.rfind(of_row) if more else len(rest)
                if end > 0:
                    yield from _marks_in(rest[:end], hidden_row, cell if formatters else None, formatters)
                    rest = rest[end:]
                rest += more
                if not more or len(rest) > _LONGEST_ROW:
                    return

    def _related(self, part: str) -> dict[str, Related]:
        """Returns the relationships of a part by their ids. The part without a name is the package."""
        folder, name = posixpath.split(part)
        rels = self._names.get(posixpath.join(folder, "_rels", name + ".rels").lower())
        if rels is None:
            return {}
        with self._book.open(rels) as file:
            root = ElementTree.parse(file).getroot()
        return {
            element.get("Id", ""): Related(
                element.get("Type", "").rpartition("/")[2],
                posixpath.normpath(posixpath.join("/", folder, element.get("Target", ""))).lstrip("/"),
            )
            for element in root
            if element.get("TargetMode") != "External"
        }

    def _copy(self, name: str, written: zipfile.ZipFile, target: str) -> None:
        with self._book.open(self._names[name.lower()]) as file, written.open(target, "w", force_zip64=True) as copy:
            while chunk := file.read(_CHUNK):
                copy.write(chunk)


def _marks_in(
    rows: bytes, hidden_row: re.Pattern[bytes], cell: re.Pattern[bytes] | None, formatters: Mapping[int, Formatter]
) -> Iterator[Marks]:
    hidden = {int(found[1]) for found in hidden_row.finditer(rows)} if b"hidden=" in rows else set()
    cells: dict[int, dict[int, Formatter]] = {}
    if cell is not None:
        for found in cell.finditer(rows):
            if (shown := formatters.get(int(found[1]))) is not None:
                cells.setdefault(int(found[3]), {})[_column(found[2])] = shown
    for row in sorted(hidden | cells.keys()):
        yield Marks(row, row in hidden, cells.get(row, {}))


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _local(name: str) -> str:
    return name.rpartition("}")[2]


def _relationships(related: Iterable[tuple[str, Related]]) -> str:
    lines = "".join(
        f"<Relationship Id={quoteattr(key)} Type={quoteattr(_TYPES + each.kind)} Target={quoteattr('/' + each.name)}/>"
        for key, each in related
    )
    return (
        f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{lines}</Relationships>'
    )
