"""XMP packets: what is not ours stays byte for byte, and what is hostile is refused."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit.errors import DamagedContentError, LabelkitError, TooLargeError
from labelkit.image.xmp import LONGEST_PACKET, Packet, build

OURS: Mapping[str, str] = {"photoshop:Credit": "Acme & <Co>", "xmp:CreatorTool": "acme 2"}
ADOBE = """\ufeff<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk='Adobe "XMP" Core'>
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <!-- a comment > with <tags> -->
  <rdf:Description rdf:about='uuid:1&amp;2' xmlns:xap="http://ns.adobe.com/xap/1.0/"
    xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
    xap:CreatorTool="PS > 1"
    photoshop:Credit = 'Jöhn "J" Doe'  xap:Rating="5">
   <dc:creator><rdf:Seq><rdf:li>Jö</rdf:li><rdf:li>Second</rdf:li></rdf:Seq></dc:creator>
   <xap:Label><rdf:Alt><rdf:li xml:lang="x-default">first</rdf:li><rdf:li>second</rdf:li></rdf:Alt></xap:Label>
  </rdf:Description>
  <rdf:Description rdf:about='uuid:1&amp;2' xmlns:p="http://ns.adobe.com/photoshop/1.0/">
   <p:Credit>another</p:Credit>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
                                                  \n<?xpacket end="w"?>\0""".encode()


def test_a_new_packet_says_what_it_was_given() -> None:
    """Properties with markup in them survive a write and a read, by our parser and by another."""
    packet = build(OURS)
    assert dict(Packet(packet).values) == OURS
    found = ET.fromstring(packet).find(".//{http://ns.adobe.com/photoshop/1.0/}Credit")
    assert found is not None
    assert found.text == "Acme & <Co>"


def test_values_are_found_in_every_notation() -> None:
    """Attributes and elements, any prefix, the first item of an array; the first of two values counts."""
    values = Packet(ADOBE).values
    assert values == {
        "xmp:CreatorTool": "PS > 1",
        "photoshop:Credit": 'Jöhn "J" Doe',
        "xmp:Rating": "5",
        "xmp:Label": "first",
    }


def test_only_our_properties_are_cut_out() -> None:
    """Every byte of an existing packet but those of older values stays where it was; ours are added once."""
    merged = Packet(ADOBE).replace(OURS)
    assert dict(Packet(merged).values) == {**OURS, "xmp:Rating": "5", "xmp:Label": "first"}
    start = merged.index(b"<rdf:Description xmlns:rdf")
    end = merged.index(b"</rdf:Description>", start) + len(b"</rdf:Description>")
    expected = ADOBE.replace(b'\n    xap:CreatorTool="PS > 1"', b"").replace(
        "\n    photoshop:Credit = 'Jöhn \"J\" Doe'".encode(), b""
    )
    node = expected.index(b"<rdf:Description rdf:about", expected.index(b"</rdf:Description>"))
    closed = expected.index(b"</rdf:Description>", node) + len(b"</rdf:Description>")
    assert merged[:start] + merged[end:] == expected[:node] + expected[closed:]
    assert b"rdf:about='uuid:1&amp;2' xmlns" in merged[start:end]


def test_replacing_twice_is_replacing_once() -> None:
    """The same properties again give the same packet; other values of them give one of the same shape."""
    once = Packet(ADOBE).replace(OURS)
    assert Packet(once).replace(OURS) == once
    assert len(Packet(once).replace({**OURS, "xmp:CreatorTool": "acme 3"})) == len(once)


@pytest.mark.parametrize("close", [b"/>", b" />", b"></r:RDF>", b"> </r:RDF>"])
def test_an_empty_rdf_element_takes_properties(close: bytes) -> None:
    """A packet without any node gets ours, whatever prefix it has for RDF."""
    empty = b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"' + close
    merged = Packet(empty).replace(OURS)
    assert dict(Packet(merged).values) == OURS
    ET.fromstring(merged)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (b"", "no element"),
        (b"<x/>", "no rdf:RDF"),
        (b"<broken", "unclosed"),
        ("<x>\udcff</x>".encode("utf-8", "surrogateescape"), "not well-formed"),
        (build(OURS).decode().encode("utf-16"), "cannot be read"),
        (b'<!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>', "document type"),
        (b'<!DOCTYPE x SYSTEM "http://example.com/x.dtd"><x/>', "document type"),
        (b"<x>&undefined;</x>", "undefined entity"),
    ],
)
def test_what_cannot_be_read_is_refused(packet: bytes, why: str) -> None:
    """Broken XML, other encodings, and every document type declaration, so that no entity is ever expanded."""
    with pytest.raises(DamagedContentError, match=why):
        Packet(packet)


def test_a_packet_has_a_bound() -> None:
    """More than 8 MB are not parsed."""
    with pytest.raises(TooLargeError):
        Packet(bytes(LONGEST_PACKET + 1))


def test_depth_and_number_cost_nothing() -> None:
    """Tens of thousands of nested elements and of attributes are walked through, without recursion."""
    deep = b"<a>" * 50_000 + b"</a>" * 50_000
    many = b"".join(b' a%d="%d"' % (number, number) for number in range(20_000))
    packet = build(OURS).replace(b"<photoshop:Credit>", b"<x%b>%b</x><photoshop:Credit>" % (many, deep))
    merged = Packet(packet).replace(OURS)
    assert dict(Packet(merged).values) == OURS
    assert deep in merged


@settings(max_examples=150, deadline=None)
@given(at=st.integers(0, len(ADOBE) - 1), new=st.binary(max_size=4), cut=st.integers(0, 30))
def test_a_mutated_packet_is_merged_or_refused(at: int, new: bytes, cut: int) -> None:
    """Whatever stands in a packet, our properties are in the result and it is well-formed, or it is refused."""
    try:
        merged = Packet(ADOBE[:at] + new + ADOBE[at + cut :]).replace(OURS)
    except LabelkitError:
        return
    values = Packet(merged).values
    assert {name: values[name] for name in OURS} == OURS
