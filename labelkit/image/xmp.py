"""XMP packets, edited as text (ISO 16684-1): our properties go in, and not one other byte changes.

An XML library would read a packet and write another; prefixes, order, padding and whatever it does not understand
would be lost. So a parser only says where things stand, and the packet is cut and spliced there. The parser is
expat with every document type declaration refused, so that there are no entities to expand.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from labelkit.errors import DamagedContentError, TooLargeError

LONGEST_PACKET = 8 * 1024 * 1024  # bytes; editing histories reach a few MB
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
NAMESPACES: Mapping[str, str] = MappingProxyType(
    {
        "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
        "TC260": "http://www.tc260.org.cn/ns/AIGC/1.0/",
        "dcterms": "http://purl.org/dc/terms/",
        "labelkit": "urn:labelkit:label:1.0:",
        "photoshop": "http://ns.adobe.com/photoshop/1.0/",
        "xmp": "http://ns.adobe.com/xap/1.0/",
        "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    }
)
_PREFIXES = {uri: prefix for prefix, uri in NAMESPACES.items()}
_BEGIN = '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
_TAG = re.compile(rb"""<([^\s/>]++)((?:\s++[^\s=>/]++\s*+=\s*+(?:"[^"]*+"|'[^']*+'))*+)\s*+(/?)>""")
_ATTRIBUTE = re.compile(rb"""\s++([^\s=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")


@dataclass(slots=True)
class _Element:
    """Where an element stands: its start tag, its end tag, and behind it. Offsets in bytes."""

    name: str
    start: int
    inner: int = 0
    close: int = 0
    end: int = 0
    attributes: list[str] = field(default_factory=list)
    children: list[_Element] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    item: list[str] | None = None  # the text of the first rdf:li in it


class Packet:
    """A packet that was read: ``values`` are its simple properties of the namespaces known here, by names such as
    ``xmp:CreatorTool``; of an array its first item.

    Raises:
        TooLargeError: more than ``LONGEST_PACKET`` bytes.
        DamagedContentError: no well-formed XML in UTF-8, a DOCTYPE, or no rdf:RDF in it.
    """

    def __init__(self, data: bytes) -> None:
        if len(data) > LONGEST_PACKET:
            raise TooLargeError(len(data), LONGEST_PACKET, "bytes of XMP", where="XMP packet", remedy="Remove it.")
        self._data = data.rstrip(b"\0")  # some writers end it as a C string
        self._rest = data[len(self._data) :]
        self._rdf = _locate(self._data)
        found: dict[str, str] = {}
        for node in self._rdf.children:
            for name, value in zip(node.attributes[::2], node.attributes[1::2], strict=True):
                if known := _known(name):
                    found.setdefault(known, value)
            for child in node.children:
                if known := _known(child.name):
                    found.setdefault(known, "".join(child.text if child.item is None else child.item).strip())
        self.values: Mapping[str, str] = MappingProxyType(found)

    def replace(self, properties: Mapping[str, str]) -> bytes:
        """The packet with these properties, once each: older values of them are cut out, wherever in it they stand,
        and all other bytes are kept."""
        cuts: list[tuple[int, int]] = []
        about = b'""'
        for number, node in enumerate(self._rdf.children):
            raw = _raw_attributes(self._data, node)
            if number == 0:  # all nodes of a packet are about the same thing (ISO 16684-1, 7.4)
                about = next((value for name, value, _, _ in raw if name in _abouts(node)), about)
            cuts += _cuts(self._data, node, raw, properties)
        return self._spliced(cuts, _description(properties, about))

    def _spliced(self, cuts: list[tuple[int, int]], node: bytes) -> bytes:
        data, rdf, at = self._data, self._rdf, 0
        pieces = []
        for start, end in cuts:
            pieces.append(data[at:start])
            at = end
        if rdf.inner == rdf.end:  # <rdf:RDF/>
            slash = data.rindex(b"/", rdf.start, rdf.end)
            name = _tag(data, rdf.start)[1]
            pieces += [data[at:slash], b">", node, b"</", name, b">", data[rdf.end :]]
        else:
            pieces += [data[at : rdf.close], node, data[rdf.close :]]
        return b"".join((*pieces, self._rest))


def build(properties: Mapping[str, str]) -> bytes:
    """A new packet with these properties."""
    node = _description(properties, b'""').decode()
    return (
        f'{_BEGIN}\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="labelkit"><rdf:RDF xmlns:rdf="{_RDF}">{node}'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def _description(properties: Mapping[str, str], about: bytes) -> bytes:
    """An own rdf:Description that declares all that it uses, whatever the packet around it declares."""
    used = sorted({name.partition(":")[0] for name in properties})
    declared = "".join(f" xmlns:{prefix}={quoteattr(NAMESPACES[prefix])}" for prefix in used)
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in properties.items())
    head = f'<rdf:Description xmlns:rdf="{_RDF}" rdf:about='.encode()
    return b"".join((head, about, f"{declared}>{body}</rdf:Description>".encode()))


def _known(expanded: str) -> str | None:
    """``uri local prefix`` as expat gives it, in our own spelling; None for what is none of our namespaces."""
    uri, _, rest = expanded.partition(" ")
    prefix = _PREFIXES.get(uri)
    return f"{prefix}:{rest.partition(' ')[0]}" if prefix else None


def _is(expanded: str, local: str) -> bool:
    return expanded == f"{_RDF} {local}" or expanded.startswith(f"{_RDF} {local} ")


def _written(expanded: str) -> bytes:
    """An attribute's name as it stands in the packet."""
    local, _, prefix = expanded.partition(" ")[2].partition(" ")
    return f"{prefix}:{local}".encode() if local else expanded.encode()


def _abouts(node: _Element) -> set[bytes]:
    """The names under which a node says what it is about; old writers leave the prefix out."""
    return {_written(name) for name in node.attributes[::2] if name == "about" or _is(name, "about")}


def _locate(data: bytes) -> _Element:
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
        raise _broken(str(error)) from error
    if finder.rdf is None:
        raise _broken("there is no rdf:RDF element")
    return finder.rdf


class _Finder:
    """The handlers of one parse. Elements below a property leave only text behind, so depth costs nothing."""

    def __init__(self, parser: expat.XMLParserType, data: bytes) -> None:
        self._parser, self._data = parser, data
        self._depth = 0
        self._path: list[_Element] = []  # rdf:RDF, node, property
        self._below = 0  # elements open inside the property
        self._item_depth = 0  # how deep the first rdf:li is, while it is open
        self.rdf: _Element | None = None

    def start(self, name: str, attributes: list[str]) -> None:
        if len(self._path) == 3:
            self._below += 1
            if _is(name, "li") and self._path[-1].item is None:
                self._path[-1].item = []
                self._item_depth = self._below
            return
        if not self._path and (self.rdf is not None or not _is(name, "RDF")):
            return
        at = self._parser.CurrentByteIndex
        element = _Element(name, at, _tag(self._data, at).end(), attributes=attributes)
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
        raise _broken("it has a document type declaration, which XMP does not allow")


def _tag(data: bytes, at: int) -> re.Match[bytes]:
    found = _TAG.match(data, at)
    if found is None:
        raise _broken(f"the tag at byte {at:,} of the packet cannot be read")
    return found


def _raw_attributes(data: bytes, node: _Element) -> list[tuple[bytes, bytes, int, int]]:
    """Each attribute as it stands: name, quoted value, offsets."""
    tag = _tag(data, node.start)
    found = []
    for match in _ATTRIBUTE.finditer(data, tag.start(2), tag.end(2)):
        value = data[match.end() - len(match[2] if match[2] is not None else match[3]) - 2 : match.end()]
        found.append((match[1], value, match.start(), match.end()))
    return found


def _cuts(
    data: bytes, node: _Element, raw: list[tuple[bytes, bytes, int, int]], properties: Mapping[str, str]
) -> list[tuple[int, int]]:
    """What to cut out of a node so that these properties are gone; all of it when nothing else is left in it."""
    ours = {_written(expanded) for expanded in node.attributes[::2] if _known(expanded) in properties}
    attributes = [(start, end) for name, _, start, end in raw if name in ours]
    elements = [(child.start, child.end) for child in node.children if _known(child.name) in properties]
    if not attributes and not elements:
        return []
    ignored = ours | _abouts(node)
    others = [name for name, *_ in raw if name not in ignored and not name.startswith(b"xmlns")]
    kept, at = [], node.inner
    for start, end in elements:
        kept.append(data[at:start])
        at = end
    kept.append(data[at : node.close])
    if not others and not b"".join(kept).strip():
        return [(node.start, node.end)]
    return attributes + elements


def _broken(why: str) -> DamagedContentError:
    return DamagedContentError(
        f"The XMP packet cannot be read: {why}", where="XMP packet", remedy="Remove or repair the XMP packet."
    )
