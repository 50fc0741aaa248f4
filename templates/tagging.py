"""What the renderer leaves out of a tagged PDF, put in before it is written: PDF/UA-1.

Links are tagged as such and say where they lead; heads of tables say what they head; headings skip
no level; what stands in the margins of every page is no part of the text.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pydyf

ELEMENT, LINK = "/StructElem", "/OBJR"
PAGINATION = {"Type": "/Pagination"}


def mend(pdf: pydyf.PDF, leads_to: Mapping[str, str]) -> None:
    """Completes the tags of a document; leads_to: what stands at each place that is linked to."""
    objects: dict[int, Any] = {one.number: one for one in pdf.objects}
    tree = next(_of_type(pdf, "/StructTreeRoot"))
    document = _object(objects, tree["K"][0])
    reached = _levelled(objects, document)
    furniture: dict[bytes, set[int]] = {}  # the numbers of texts, by page
    for one in _of_type(pdf, ELEMENT):
        if one["S"] == "/TH":
            one["A"]["Scope"] = _scope(objects, one)
        for link in _links(objects, one):
            one["S"] = "/Link"
            label = leads_to[_text(link["Dest"])]
            link["Contents"] = pydyf.String(label)  # type: ignore[no-untyped-call]
        if one.number not in reached:
            furniture.setdefault(one["Pg"], set()).update(_texts(one))
    for page, texts in furniture.items():
        _set_apart(_object(objects, _object(objects, page)["Contents"]).stream, texts)


def _of_type(pdf: pydyf.PDF, name: str) -> Iterator[Any]:
    return (one for one in pdf.objects if isinstance(one, dict) and one.get("Type") == name)


def _object(objects: Mapping[int, Any], reference: bytes) -> Any:
    return objects[int(reference.split()[0])]


def _kids(objects: Mapping[int, Any], element: Any) -> Iterator[Any]:
    """The elements and links inside an element; numbers are its text, which has no tags."""
    return (_object(objects, kid) for kid in element["K"] if isinstance(kid, bytes))


def _levelled(objects: Mapping[int, Any], document: Any) -> set[int]:
    """The elements of the text by number; headings come one level below those over them."""
    reached: set[int] = set()
    waiting: list[Any] = [document]
    above: list[int] = []  # the levels of the headings over what follows, as they were
    while waiting:
        one = waiting.pop()
        reached.add(one.number)
        if one.get("Type") != ELEMENT:
            continue
        if (name := one["S"])[:2] == "/H" and name[2:].isdigit():
            above = [*(level for level in above if level < int(name[2:])), int(name[2:])]
            one["S"] = f"/H{len(above)}"
        waiting += [*_kids(objects, one)][::-1]
    return reached


def _links(objects: Mapping[int, Any], element: Any) -> Iterator[Any]:
    """The annotations of links that lead from an element to another place of the document."""
    for kid in _kids(objects, element):
        if kid.get("Type") == LINK:
            yield _object(objects, kid["Obj"])


def _scope(objects: Mapping[int, Any], head: Any) -> str:
    row = _object(objects, head["P"])
    return "/Column" if _object(objects, row["P"])["S"] == "/THead" else "/Row"


def _texts(element: Any) -> Iterator[int]:
    """The numbers under which the texts of an element stand on its page."""
    return (kid for kid in element["K"] if isinstance(kid, int))


def _set_apart(content: list[Any], texts: Collection[int]) -> None:
    """Marks these texts as furniture of the page with this content."""
    for at, part in enumerate(content):
        if isinstance(part, dict) and part.get("MCID") in texts:
            content[at - 1] = "/Artifact"
            content[at] = pydyf.Dictionary(PAGINATION)  # type: ignore[no-untyped-call]


def _text(string: pydyf.String) -> str:
    value = string.string
    return value if isinstance(value, str) else value.decode()
