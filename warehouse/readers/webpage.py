"""Reading web pages, as far as a dataset needs it: texts of certain elements, and list items."""

from __future__ import annotations

from html.parser import HTMLParser

Kind = tuple[str, str]  # tag and class; any class if that is empty

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
BREAKS = {"br", "div", "li", "p"}
UNSEEN = {"script", "style"}


class Page(HTMLParser):
    """The texts of the first element of each kind that is wanted, and those of all list items."""

    def __init__(self, html: str, *wanted: Kind) -> None:
        super().__init__()
        self.texts: dict[Kind, str] = {}
        self.items: list[str] = []
        self.wanted = wanted
        self.open: list[tuple[str, Kind | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BREAKS:
            self.handle_data("\n")
        if tag == "li":
            self.items.append("")
        if tag not in VOID:
            kind = self._kind(tag, dict(attrs).get("class") or "")
            if kind:
                self.texts[kind] = ""
            self.open.append((tag, kind))

    def handle_endtag(self, tag: str) -> None:
        if self._inside(tag):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if any(self._inside(tag) for tag in UNSEEN):
            return
        for _, kind in self.open:
            if kind:
                self.texts[kind] += data
        if self._inside("li"):
            self.items[-1] += data

    def first(self, *kinds: Kind) -> str | None:
        """The text of the first of these kinds that the page has, one line per paragraph."""
        found = next((self.texts[k] for k in kinds if k in self.texts), "")
        lines = found.replace("\xa0", " ").splitlines()
        return "\n".join(line.strip() for line in lines if line.strip()) or None

    def _kind(self, tag: str, classes: str) -> Kind | None:
        kinds = {(tag, name) for name in ("", *classes.split())}
        return next((k for k in self.wanted if k in kinds and k not in self.texts), None)

    def _inside(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)
