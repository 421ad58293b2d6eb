"""GraphiQL's files, from static/graphiql/ if web.npm.fetching has fetched them, otherwise from a public CDN."""

from web.npm import files
from web.npm.files import STATIC, PackageFile

DIRECTORY = STATIC / "graphiql"

# In the order in which a page has to load them.
ASSETS = (
    PackageFile(
        "react",
        "18.2.0",
        "umd/react.production.min.js",
        "react.js",
        "tMH8h3BGESGckSAVGZ82T9n90ztNXxvdwvdM6UoR56cYcf+0iGXBliJ29D+wZ/x8",
    ),
    PackageFile(
        "react-dom",
        "18.2.0",
        "umd/react-dom.production.min.js",
        "react-dom.js",
        "bm7MnzvK++ykSwVJ2tynSE5TRdN+xL418osEVF2DE/L/gfWHj91J2Sphe582B1Bh",
    ),
    PackageFile(
        "graphiql",
        "3.8.3",
        "graphiql.min.js",
        "graphiql.js",
        "HbRVEFG0JGJZeAHCJ9Xm2+tpknBQ7QZmNlO/DgZtkZ0aJSypT96YYGRNod99l9Ie",
    ),
    PackageFile(
        "graphiql",
        "3.8.3",
        "graphiql.min.css",
        "graphiql.css",
        "Mq3vbRBY71jfjQAt/DcjxUIYY33ksal4cgdRt9U/hNPvHBCaT2JfJ/PTRiPKf0aM",
    ),
    PackageFile(
        "@graphiql/plugin-explorer",
        "1.0.2",
        "dist/index.umd.js",
        "explorer.js",
        "2oonKe47vfHIZnmB6ZZ10vl7T0Y+qrHQF2cmNTaFDuPshpKqpUMGMc9jgj9MLDZ9",
    ),
    PackageFile(
        "@graphiql/plugin-explorer",
        "1.0.2",
        "dist/style.css",
        "explorer.css",
        "5DFJlDPW2tSATRbM8kzoP1j194jexLswuNmClWoRr2Q0x7R68JIQzPHZ02Faktwi",
    ),
)


def are_present() -> bool:
    return files.are_present(ASSETS, DIRECTORY)
