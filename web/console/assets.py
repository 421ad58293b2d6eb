"""The console's modules of npm packages, from static/console/ if web.npm.fetching has fetched them, else from a CDN."""

from web.npm import files
from web.npm.files import STATIC, PackageFile

DIRECTORY = STATIC / "console"

ASSETS = (
    PackageFile(
        "preact",
        "11.2.0",
        "dist/preact.mjs",
        "preact.js",
        "k/EbA8To4I3ncNvT4R+JKSGfXaos0GHF0QjilyGENHN3dfDvol5wxZlDSy5JsgjZ",
    ),
    PackageFile(
        "preact",
        "11.2.0",
        "hooks/dist/hooks.mjs",
        "hooks.js",
        "6F3ul+Ho/nKCCDmlU/B6eYlkriJbeXtDjrsI5tzV7s/OZ+Dky6DAB2MW5Tn0UxO9",
    ),
    PackageFile(
        "@preact/signals-core",
        "1.14.5",
        "dist/signals-core.mjs",
        "signals-core.js",
        "AdTSUhM658TWzObDc9eUQoXP7ZIs8I/ZArT+MeKk6uswxB0qp/g7KvHktRcMLnxi",
    ),
    PackageFile(
        "@preact/signals",
        "2.11.4",
        "dist/signals.mjs",
        "signals.js",
        "Ujrvql86bAgSFCn4R8vO4zYMImVEVBFH26UcqnrAyAlW6/Xb8gEobDIM817i/TyA",
    ),
    PackageFile(
        "htm",
        "3.1.1",
        "dist/htm.mjs",
        "htm.js",
        "k7/PyxcXOQ/zfJq1v0TM/CcBLQ2m2NzGg2tfHehdgJGqcY7RBwIP4Ye+ssG+QK1I",
    ),
)
SPECIFIERS = {
    "preact": "preact.js",
    "preact/hooks": "hooks.js",
    "@preact/signals-core": "signals-core.js",
    "@preact/signals": "signals.js",
    "htm": "htm.js",
}
"""The names by which modules import the files."""


def are_present() -> bool:
    return files.are_present(ASSETS, DIRECTORY)
