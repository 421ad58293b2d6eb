"""Reads Markdown pages: links, anchors, tables and code blocks, as GitHub renders them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"

_FENCE = re.compile(r"^( *)```(\w*)[^\n]*\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"`[^`\n]*`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^(#{1,6}) +(.+?) *$", re.MULTILINE)
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced code block."""

    language: str
    text: str
    line: int


def pages() -> list[Path]:
    """All pages: those of the root and those below docs/."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def blocks(page: Path, *languages: str) -> Iterator[Block]:
    """Yields the code blocks in these languages, or all of them."""
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        if not languages or found[2] in languages:
            yield Block(found[2], found[3], text.count("\n", 0, found.start()) + 1)


def prose(page: Path) -> str:
    """The page without its code blocks."""
    return _FENCE.sub("", page.read_text(encoding="utf-8"))


def links(page: Path) -> Iterator[str]:
    """Yields the targets of links and images that are relative to the page."""
    for target in _LINK.findall(_CODE.sub("", prose(page))):
        if not re.match(r"[a-z]+:", target):
            yield target


def anchors(page: Path) -> set[str]:
    """The anchors of the headings, made as GitHub makes them; a repeated heading has a number."""
    found: set[str] = set()
    for _, heading in _HEADING.findall(prose(page)):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        anchor = _NOT_IN_ANCHOR.sub("", text.lower()).replace(" ", "-")
        repeated = sum(1 for other in found if re.fullmatch(rf"{re.escape(anchor)}(-\d+)?", other))
        found.add(f"{anchor}-{repeated}" if repeated else anchor)
    return found


def rows(page: Path, *, under: str = "") -> Iterator[list[str]]:
    """Yields the rows of all tables, or of those under a heading: the cells of each, as Markdown.

    The headers of tables and the lines below them are left out.
    """
    lines = (_section(page, under) if under else prose(page)).splitlines()
    for number, line in enumerate(lines):
        is_row = line.startswith("|") and not re.fullmatch(r"[|\-: ]+", line)
        if is_row and not (number + 1 < len(lines) and re.fullmatch(r"\|[|\-: ]+", lines[number + 1])):
            yield [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def _section(page: Path, heading: str) -> str:
    """The text below a heading of the second level, up to the next one."""
    sections = re.split(r"^## +", prose(page), flags=re.MULTILINE)
    return next(section for section in sections if section.splitlines()[0].strip() == heading)


def coded(cell: str) -> list[str]:
    """The code spans of a cell."""
    return re.findall(r"`([^`]+)`", cell)
