"""Where things stand in an XMP packet: the rdf:RDF element, the nodes in it and their properties, by offset."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from xml.parsers import expat

from labelkit.errors import DamagedContentError

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TAG = re.compile(rb"""<([^\s/>]++)((?:\s++[^\s=>/]++\s*+=\s*+(?:"[^"]*+"|'[^']*+'))*+)\s*+(/?)>""")


@dataclass(slots=True)
class Element:
    """Where an element stands: its start tag, its end tag, and behind it. Offsets in bytes."""

    name: str
    start: int
    inner: int = 0
    close: int = 0
    end: int = 0
    attributes: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    item: list[str] | None = None  # the text of the first rdf:li in it


def locate(data: bytes) -> Element:
    """Find the rdf:RDF element, the nodes in it, and their properties."""
    parser = expat.ParserCreate("UTF-8", " ")
    parser.namespace_prefixes = True
    parser.ordered_attributes = True
    parser.buffer_text = True
    finder = _Finder(parser, data)
    parser.StartElementHandler = finder.start
    parser.EndElementHandler = finder.stop
    parser.CharacterDataHandler = finder.characters
    parser.StartDoctypeDeclHandler = finder.doctype
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise broken(str(error)) from error
    if finder.rdf is None:
        raise broken("there is no rdf:RDF element")
    return finder.rdf


class _Finder:
    """The handlers of one parse. Elements below a property leave only text behind, so depth costs nothing."""

    def __init__(self, parser: expat.XMLParserType, data: bytes) -> None:
        self._parser, self._data = parser, data
        self._depth = 0
        self._path: list[Element] = []  # rdf:RDF, node, property
        self._below = 0  # elements open inside the property
        self._item_depth = 0  # how deep the first rdf:li is, while it is open
        self.rdf: Element | None = None

    def start(self, name: str, attributes: list[str]) -> None:
        if len(self._path) == 3:
            self._below += 1
            if is_rdf(name, "li") and self._path[-1].item is None:
                self._path[-1].item = []
                self._item_depth = self._below
            return
        if not self._path and (self.rdf is not None or not is_rdf(name, "RDF")):
            return
        at = self._parser.CurrentByteIndex
        element = Element(name, at, start_tag(self._data, at).end(), attributes=attributes)
        if self._path:
            self._path[-1].children.append(element)
        else:
            self.rdf = element
        self._path.append(element)

    def stop(self, name: str) -> None:
        if self._below:
            if self._path[-1].item is not None and self._below == self._item_depth:
                self._item_depth = 0  # only the first item counts
            self._below -= 1
            return
        if not self._path:
            return
        element = self._path.pop()
        if self._data[element.inner - 2 : element.inner] == b"/>":
            element.close = element.end = element.inner
        else:
            element.close = self._parser.CurrentByteIndex
            element.end = self._data.index(b">", element.close) + 1

    def characters(self, text: str) -> None:
        if len(self._path) == 3:
            element = self._path[-1]
            element.text.append(text)
            if element.item is not None and 0 < self._item_depth <= self._below:
                element.item.append(text)

    def doctype(self, *_: object) -> None:
        raise broken("it has a document type declaration, which XMP does not allow")


def start_tag(data: bytes, at: int) -> re.Match[bytes]:
    """The start tag at an offset: its name, its attributes as they stand, and whether it ends the element."""
    found = _TAG.match(data, at)
    if found is None:
        raise broken(f"the tag at byte {at:,} of the packet cannot be read")
    return found


def is_rdf(expanded: str, local: str) -> bool:
    """Whether a name as the parser tells it is this one of RDF's own."""
    return expanded == f"{RDF} {local}" or expanded.startswith(f"{RDF} {local} ")


def broken(why: str) -> DamagedContentError:
    """The error for a packet that cannot be read."""
    return DamagedContentError(
        f"The XMP packet cannot be read: {why}", where="XMP packet", remedy="Remove or repair the XMP packet."
    )
