"""GraphiQL's files, from static/graphiql/ if web.graphiql.fetching has fetched them, otherwise from a public CDN."""

from pathlib import Path
from typing import NamedTuple

DIRECTORY = Path(__file__).parent.parent.parent / "static" / "graphiql"
_CDN = "https://unpkg.com"


class Asset(NamedTuple):
    """A file of an npm package, its local name, and its SHA-384 in the form that browsers check."""

    package: str
    version: str
    path: str
    name: str
    checksum: str

    @property
    def cdn_url(self) -> str:
        return f"{_CDN}/{self.package}@{self.version}/{self.path}"

    @property
    def integrity(self) -> str:
        return f"sha384-{self.checksum}"

    @property
    def is_script(self) -> bool:
        return self.name.endswith(".js")


# In the order in which a page has to load them.
ASSETS = (
    Asset(
        "react",
        "18.2.0",
        "umd/react.production.min.js",
        "react.js",
        "tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8",
    ),
    Asset(
        "react-dom",
        "18.2.0",
        "umd/react-dom.production.min.js",
        "react-dom.js",
        "bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh",
    ),
    Asset(
        "graphiql",
        "3.8.3",
        "graphiql.min.js",
        "graphiql.js",
        "HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    ),
    Asset(
        "graphiql",
        "3.8.3",
        "graphiql.min.css",
        "graphiql.css",
        "Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    ),
    Asset(
        "@graphiql/plugin-explorer",
        "1.0.2",
        "dist/index.umd.js",
        "explorer.js",
        "2oonKe47vfHIZnmB6ZZ10vl7T0Y+qrHQF2cmNTaFDuPshpKqpUMGMc9jgj9MLDZ9",
    ),
    Asset(
        "@graphiql/plugin-explorer",
        "1.0.2",
        "dist/style.css",
        "explorer.css",
        "5DFJlDPW2tSATRbM8kzoP1j194jexLswuNmClWoRr2Q0x7R68JIQzPHZ02Faktwi",
    ),
)


def are_present() -> bool:
    return all((DIRECTORY / asset.name).is_file() for asset in ASSETS)
