"""XMP packets, edited as text (ISO 16684-1): our properties go in, and not one other byte changes.

An XML library would read a packet and write another; prefixes, order, padding and whatever it does not understand
would be lost. So a parser only says where things stand, and the packet is cut and spliced there. The parser is
expat with every document type declaration refused, so that there are no entities to expand.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from labelkit.errors import TooLargeError
from labelkit.image.xmp_nodes import RDF, Element, is_rdf, locate, start_tag

LONGEST_PACKET = 8 * 1024 * 1024  # bytes; editing histories reach a few MB
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
_ATTRIBUTE = re.compile(rb"""\s++([^\s=]++)\s*+=\s*+(?:"([^"]*+)"|'([^']*+)')""")


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
        self._rdf = locate(self._data)
        found: dict[str, str] = {}
        for node in self._rdf.children:
            for name, value in zip(node.attributes[::2], node.attributes[1::2], strict=True):
                if known := _known(name):
                    found.setdefault(known, value)
            for child in node.children:
                if known := _known(child.name):
                    found.setdefault(known, "".join(child.text if child.item is None else child.item).strip())
        self.values: Mapping[str, str] = MappingProxyType(found)

    def replace(self, properties: Mapping[str, str], *, without: Iterable[str] = ()) -> bytes:
        """The packet with these properties, once each: older values of them, and the properties that it shall be
        ``without``, are cut out, wherever in it they stand, and all other bytes are kept."""
        gone = {*properties, *without}
        cuts: list[tuple[int, int]] = []
        about = b'""'
        for number, node in enumerate(self._rdf.children):
            raw = _raw_attributes(self._data, node)
            if number == 0:  # all nodes of a packet are about the same thing (ISO 16684-1, 7.4)
                about = next((value for name, value, _, _ in raw if name in _abouts(node)), about)
            cuts += _cuts(self._data, node, raw, gone)
        return self._spliced(cuts, _description(properties, about))

    def _spliced(self, cuts: list[tuple[int, int]], node: bytes) -> bytes:
        data, rdf, at = self._data, self._rdf, 0
        pieces = []
        for start, end in cuts:
            pieces.append(data[at:start])
            at = end
        if rdf.inner == rdf.end:  # <rdf:RDF/>
            slash = data.rindex(b"/", rdf.start, rdf.end)
            name = start_tag(data, rdf.start)[1]
            pieces += [data[at:slash], b">", node, b"</", name, b">", data[rdf.end :]]
        else:
            pieces += [data[at : rdf.close], node, data[rdf.close :]]
        return b"".join((*pieces, self._rest))


def build(properties: Mapping[str, str]) -> bytes:
    """A new packet with these properties."""
    node = _description(properties, b'""').decode()
    return (
        f'{_BEGIN}\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="labelkit"><rdf:RDF xmlns:rdf="{RDF}">{node}'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="w"?>'
    ).encode()


def _description(properties: Mapping[str, str], about: bytes) -> bytes:
    """An own rdf:Description that declares all that it uses, whatever the packet around it declares."""
    used = sorted({name.partition(":")[0] for name in properties})
    declared = "".join(f" xmlns:{prefix}={quoteattr(NAMESPACES[prefix])}" for prefix in used)
    body = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in properties.items())
    head = f'<rdf:Description xmlns:rdf="{RDF}" rdf:about='.encode()
    return b"".join((head, about, f"{declared}>{body}</rdf:Description>".encode()))


def _known(expanded: str) -> str | None:
    """``uri local prefix`` as expat gives it, in our own spelling; None for what is none of our namespaces."""
    uri, _, rest = expanded.partition(" ")
    prefix = _PREFIXES.get(uri)
    return f"{prefix}:{rest.partition(' ')[0]}" if prefix else None


def _written(expanded: str) -> bytes:
    """An attribute's name as it stands in the packet."""
    local, _, prefix = expanded.partition(" ")[2].partition(" ")
    return f"{prefix}:{local}".encode() if local else expanded.encode()


def _abouts(node: Element) -> set[bytes]:
    """The names under which a node says what it is about; old writers leave the prefix out."""
    return {_written(name) for name in node.attributes[::2] if name == "about" or is_rdf(name, "about")}


def _raw_attributes(data: bytes, node: Element) -> list[tuple[bytes, bytes, int, int]]:
    """Each attribute as it stands: name, quoted value, offsets."""
    tag = start_tag(data, node.start)
    found = []
    for match in _ATTRIBUTE.finditer(data, tag.start(2), tag.end(2)):
        value = data[match.end() - len(match[2] if match[2] is not None else match[3]) - 2 : match.end()]
        found.append((match[1], value, match.start(), match.end()))
    return found


def _cuts(
    data: bytes, node: Element, raw: list[tuple[bytes, bytes, int, int]], properties: Collection[str]
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
