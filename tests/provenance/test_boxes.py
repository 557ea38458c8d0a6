"""The building blocks: JUMBF boxes, templates with blanks, COSE envelopes."""

from __future__ import annotations

from contextlib import suppress

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelkit.provenance.cose import Envelope, byte_string, head, paddings, read_protected
from labelkit.provenance.jumbf import JumbfError, box, read_store
from labelkit.provenance.template import Form


def superbox(label: str, *children: bytes, toggles: int = 3, private: bytes = b"") -> bytes:
    """A superbox, by the book (ISO/IEC 19566-5, annex B)."""
    description = bytes(16) + bytes([toggles]) + label.encode() + b"\0" + private
    return box(b"jumb", box(b"jumd", description) + b"".join(children))


def test_boxes_are_found_by_name_and_kind() -> None:
    """A store is a tree: superboxes by label, boxes by kind, salts beside the label."""
    inner = superbox("inner", box(b"cbor", b"content"), toggles=0x13, private=box(b"c2sh", b"salt"))
    store = read_store(superbox("outer", inner, box(b"free", b"")))

    assert [each.label for each in store.superboxes()] == ["inner"]
    assert store.named("inner").content(b"cbor") == b"content"
    assert store.named("inner").salt == b"salt"
    assert store.salt is None
    with pytest.raises(JumbfError, match="no boxes missing in outer"):
        store.named("missing")
    with pytest.raises(JumbfError, match="no boxes json in inner"):
        store.named("inner").content(b"json")


def test_a_name_that_two_boxes_have_is_refused() -> None:
    """Of two boxes of one name, two readers might take each another: neither is taken here."""
    double = superbox("inner", box(b"cbor", b"1"), box(b"cbor", b"2"))
    store = read_store(superbox("outer", double, double))

    with pytest.raises(JumbfError, match="2 boxes inner in outer"):
        store.named("inner")
    with pytest.raises(JumbfError, match="2 boxes cbor in inner"):
        next(store.superboxes()).content(b"cbor")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\0\0\0",
        b"\0\0\0\x07jumb",
        b"\0\0\0\xffjumb",
        box(b"free", b""),
        box(b"jumb", b""),
        box(b"jumb", box(b"free", b"")),
        box(b"jumb", box(b"jumd", bytes(16))),
        box(b"jumb", box(b"jumd", bytes(17))),
        box(b"jumb", box(b"jumd", bytes(16) + b"\x03label")),
        superbox("a") * 2,
        superbox("a") + b"\0",
        superbox("a", toggles=0x13, private=b"\0\0\0\x01"),
    ],
)
def test_what_is_no_jumbf_is_refused(data: bytes) -> None:
    """Bytes that are not one well-formed superbox raise JumbfError, and nothing else."""
    with pytest.raises(JumbfError):
        read_store(data)


def test_boxes_nested_without_end_are_refused() -> None:
    """Depth is bounded: a manifest cannot exhaust the stack."""
    data = superbox("innermost")
    for _ in range(1000):
        data = superbox("outer", data)
    with pytest.raises(JumbfError, match="too deep"):
        read_store(data)


@given(st.binary(max_size=300))
def test_any_bytes_are_jumbf_or_refused(data: bytes) -> None:
    """Nothing but JumbfError comes out of hostile bytes."""
    with suppress(JumbfError):
        assert read_store(data).payload in data


def test_a_form_is_filled_in_everywhere() -> None:
    """Each blank is filled wherever its example stood; the rest stays."""
    form = Form(b"id=111;again=111;time=222", {"id": b"111", "time": b"222", "unused": b"333"})

    assert form.names == {"id", "time"}
    assert form.fill({"id": b"A", "time": b""}) == b"id=A;again=A;time="


def test_blanks_may_not_overlap() -> None:
    """An example in which one blank is part of another cannot be filled in."""
    with pytest.raises(JumbfError, match="overlaps"):
        Form(b"abc", {"one": b"ab", "two": b"bc"})


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 65_535, 65_536])
def test_byte_strings_are_cbor(size: int) -> None:
    """What is written by hand is what a CBOR library writes."""
    assert byte_string(bytes(size)) == cbor2.dumps(bytes(size))


@given(st.integers(0, 2**32 - 1))
def test_heads_are_cbor(value: int) -> None:
    """Integers, likewise."""
    assert head(0, value) == cbor2.dumps(value)


def test_a_head_has_an_end() -> None:
    """Nothing of four gigabytes is put into a signature."""
    with pytest.raises(ValueError, match="that long"):
        head(0, 2**32)


def test_an_envelope_is_cose() -> None:
    """The envelope and what is signed are COSE_Sign1 and Sig_structure (RFC 9052, sections 4.2 and 4.4)."""
    protected = cbor2.dumps({1: -7})
    envelope = Envelope(protected)
    unprotected = {"sigTst2": {"tstTokens": [{"val": b"token"}]}, "pad": bytes(3), "pad2": bytes(2)}

    assert cbor2.loads(envelope.to_sign(b"claim")) == ["Signature1", protected, b"", b"claim"]
    assert cbor2.loads(envelope.to_stamp(b"s")) == ["CounterSignature", protected, b"", cbor2.dumps(b"s")]
    assert envelope.seal(b"signature", (3, 2), b"token") == cbor2.dumps(
        cbor2.CBORTag(18, [protected, unprotected, None, b"signature"])
    )
    assert read_protected(envelope.seal(b"", ())) == protected


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x01", b"\xd2\x80", b"\xd2\x81\x01", b"\xd2\x01"])
def test_what_is_no_envelope_is_refused(data: bytes) -> None:
    """Anything but a COSE_Sign1 is a ValueError."""
    with pytest.raises(ValueError, match="not a COSE_Sign1"):
        read_protected(data)


@given(st.integers(-100, 2000))
def test_paddings_hold_as_many_zeros_as_asked(zeros: int) -> None:
    """However the zeros are split, they are as many as asked, and no field is negative."""
    for pads in paddings(zeros):
        assert sum(pads) == zeros
        assert min(pads) >= 0
