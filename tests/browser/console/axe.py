"""axe, which finds what people with disabilities can't use. Its file is fetched once, for development only."""

from pathlib import Path
from typing import Any

from playwright.async_api import Page

from web.npm import fetching
from web.npm.files import PackageFile

_DIRECTORY = Path(__file__).parent.parent
_AXE = PackageFile(
    "axe-core",
    "4.14.1",
    "axe.min.js",
    "axe.js",
    "xt1SFg49QaDwsyt0Xfs2XAyBtYPClXl3X2q5OOLeGAUmq9jZTYIMdztpF99WdhiH",
)
_RUN = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map((node) => node.html.slice(0, 200)) }))"""


def script() -> str:
    """Returns the text of axe. Raises NotFetched if it is neither here nor in the registry."""
    path = _DIRECTORY / _AXE.name
    if not path.is_file():
        fetching.fetch([_AXE], _DIRECTORY)
    return path.read_text(encoding="utf-8")


async def problems(page: Page, axe: str) -> list[dict[str, Any]]:
    """Returns what axe finds on the page as it is shown."""
    await page.evaluate(axe)
    found: list[dict[str, Any]] = await page.evaluate(_RUN)
    return found
