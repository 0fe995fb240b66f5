"""Hooks of the site (mkdocs.yml): what the pages link to outside docs/.

`CHANGELOG.md`, `CONTRIBUTING.md` and `SECURITY.md` of the root become pages. Other links out of docs/, to tests and
code, lead to the repository where `extra.source` of mkdocs.yml says its address; until it does, their words are left.
The page of the template `index` would be taken for the index of its folder, and gets another address.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[1]
_PAGES = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md")
_TEMPLATE = "templates/index.md"
_ITS_PAGE = "templates/normalized-index.md"
_LINK = re.compile(r"(?<!!)\[([^\]\n]*)\]\(([^)#\s:]+)(#[^)\s]*)?\)")


def on_files(files: Files, config: MkDocsConfig, **_: Any) -> Files:
    """Add the pages of the root."""
    for name in _PAGES:
        text = _LINK.sub(_from_root, (ROOT / name).read_text(encoding="utf-8"))
        files.append(File.generated(config, name, content=text))
    files.append(File.generated(config, _ITS_PAGE, content=(ROOT / "docs" / _TEMPLATE).read_text(encoding="utf-8")))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files, **_: Any) -> str:
    """Point the links that leave docs/ somewhere."""
    folder = posixpath.dirname(page.file.src_uri)
    source = config.extra.get("source")

    def replaced(link: re.Match[str]) -> str:
        text, target, anchor = link[1], posixpath.normpath(posixpath.join(folder, link[2])), link[3] or ""
        if target == _TEMPLATE and folder == "templates":
            return f"[{text}]({posixpath.basename(_ITS_PAGE)}{anchor})"
        if not target.startswith("../"):
            return link[0]
        name = target.removeprefix("../")
        if name in _PAGES:
            return f"[{text}]({posixpath.relpath(name, folder or '.')}{anchor})"
        return f"[{text}]({source}/{name}{anchor})" if source else text

    return _LINK.sub(replaced, markdown)


def _from_root(link: re.Match[str]) -> str:
    """A link of a page of the root, as it reads from docs/."""
    text, target, anchor = link[1], link[2], link[3] or ""
    if target in _PAGES:
        return link[0]
    if target == "README.md":
        return f"[{text}](index.md{anchor})"
    inside = target.removeprefix("docs/")
    return f"[{text}]({inside if inside != target else f'../{target}'}{anchor})"
