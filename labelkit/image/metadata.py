"""The metadata mark of a picture: the label as XMP properties, inserted without touching a pixel.

Who reads what: ``Iptc4xmpExt:DigitalSourceType`` and the AI system fields (IPTC Photo Metadata 2025.1) are read by
galleries, search engines and social networks; ``TC260:AIGC`` is what GB 45438-2025 asks for. ``xmpMM:InstanceID`` is
XMP's own place for the id of this very rendition (and the claim's ``instanceID`` in C2PA);
``Iptc4xmpExt:DigImageGUID`` is that of a picture from its creation on, so only created pictures get one from us. The
``labelkit:`` properties say the label exactly, for other programs overwrite dates and ids when they save.

A picture that the AI *changed* has a history: its credit line, creation date and tool are somebody's, and stay.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from labelkit import aigc as records
from labelkit.errors import DamagedContentError
from labelkit.image.containers import container_of, png
from labelkit.image.xmp import Packet, build
from labelkit.label import AI_SOURCE_TYPES, Label

SOURCE_TYPE = "Iptc4xmpExt:DigitalSourceType"
_TC260, _OURS = "TC260:", "labelkit:"
AIGC = f"{_TC260}{records.NAME}"
_AIGC_TEXT = records.NAME.encode()  # the keyword of a PNG text
# Any of these makes it a statement about how the picture was made; a credit or a date alone does not.
_TELLING = ("Iptc4xmpExt:DigitalSourceType", "Iptc4xmpExt:AI", _TC260, _OURS)
_ALTERED = {"true": True, "false": False}
_UNREADABLE = "labelkit:UnreadablePacket"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a picture's metadata declare about how it was made; anybody can write this, so it proves nothing.

    Texts are as they stand in the file. ``altered`` is None when it is not said or not known. ``aigc`` is the
    TC260 record, from XMP or from a PNG text. ``detector`` is the address where the mark can be checked. ``raw`` has every property that was read, by its XMP name.
    """

    source_type: str | None = None
    system: str | None = None
    version: str | None = None
    provider: str | None = None
    id: str | None = None
    time: str | None = None
    altered: bool | None = None
    aigc: Mapping[str, str] | None = None
    detector: str | None = None
    raw: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def ai_generated(self) -> bool | None:
        """True when AI is declared; False when another origin is (a camera); None when neither is."""
        if self.source_type in AI_SOURCE_TYPES or records.tells_ai(self.aigc):
            return True
        if self.source_type is not None:
            return False
        return True if self.system is not None else None


def write(data: bytes, media_type: str, label: Label, *, aigc: bool = False) -> bytes:
    """The picture with the label in its XMP packet; the same label twice is there once.

    An existing packet keeps every other property, byte for byte. One that is no XML is not thrown away: it is
    kept, in base64, as the property ``labelkit:UnreadablePacket`` of the new one.

    Args:
        data: a whole picture of a type that has a container.
        media_type: its media type, as ``media.identify`` found it.
        label: what to say.
        aigc: whether to add the TC260 record (GB 45438-2025, annex E). A file has one only, and the generator is
            now the producer: records of others, in XMP or in a PNG text, are taken out.

    Raises:
        DamagedContentError: the file's structure is broken.
        UnsupportedContentError: the packet does not fit into the format, or the format's variant takes none.
        TooLargeError: the XMP packet in it has more than 8 MB.
    """
    container = container_of(media_type)
    if aigc and media_type == "image/png":
        data = png.without_texts(data, _AIGC_TEXT)
    old = container.read_xmp(data)
    if old is None or not old.strip(b" \t\r\n\0"):
        return container.write_xmp(data, build(_properties(label, _NOTHING, aigc)))
    try:
        packet = Packet(old)
    except DamagedContentError:
        kept = {_UNREADABLE: base64.b64encode(old).decode("ascii")}
        return container.write_xmp(data, build(_properties(label, kept, aigc)))
    others = [name for name in packet.values if name.startswith(_OURS) or (aigc and name.startswith(_TC260))]
    return container.write_xmp(data, packet.replace(_properties(label, packet.values, aigc), without=others))


def read(data: bytes, media_type: str) -> Metadata | None:
    """What a picture's metadata declare; None when they say nothing about how it was made.

    Raises:
        DamagedContentError: the file's structure or its XMP packet is broken.
        TooLargeError: the XMP packet has more than 8 MB.
    """
    packet = container_of(media_type).read_xmp(data)
    raw = {} if packet is None or not packet.strip(b" \t\r\n\0") else dict(Packet(packet).values)
    raw.pop(_UNREADABLE, None)
    if media_type == "image/png":
        text = png.texts(data, frozenset({_AIGC_TEXT})).get(_AIGC_TEXT)
        if text is not None:
            raw.setdefault(AIGC, text.decode("utf-8", "replace"))
    if not any(name.startswith(_TELLING) for name in raw):
        return None
    return Metadata(
        source_type=raw.get(SOURCE_TYPE),
        system=raw.get("Iptc4xmpExt:AISystemUsed"),
        version=raw.get("Iptc4xmpExt:AISystemVersionUsed"),
        provider=raw.get("labelkit:Provider") or raw.get("photoshop:Credit"),
        id=raw.get("labelkit:Id") or raw.get("Iptc4xmpExt:DigImageGUID") or raw.get("xmpMM:InstanceID"),
        time=raw.get("labelkit:Time") or raw.get("xmp:CreateDate"),
        altered=_ALTERED.get(raw.get("labelkit:Altered", "")),
        aigc=_aigc_of(raw),
        detector=raw.get("labelkit:Detector"),
        raw=MappingProxyType(raw),
    )


def _properties(label: Label, present: Mapping[str, str], aigc: bool) -> dict[str, str]:
    """What to write, given what is in the picture already."""
    generator, id_ = label.generator, str(label.id)
    altered = "unknown" if label.altered is None else str(label.altered).lower()
    shared = {"xmp:CreatorTool": f"{generator.system} {generator.version}", "photoshop:Credit": generator.provider}
    if label.altered is False:
        shared |= {"xmp:CreateDate": label.stamp, "Iptc4xmpExt:DigImageGUID": f"urn:uuid:{id_}"}
    else:
        shared = {name: value for name, value in shared.items() if present.get(name, value) == value}
        shared["xmp:ModifyDate"] = label.stamp
    ours = {
        SOURCE_TYPE: label.source_type.value,
        "Iptc4xmpExt:AISystemUsed": generator.system,
        "Iptc4xmpExt:AISystemVersionUsed": generator.version,
        **shared,
        "xmp:MetadataDate": label.stamp,
        "xmpMM:InstanceID": f"uuid:{id_}",
        "labelkit:Provider": generator.provider,
        "labelkit:Id": id_,
        "labelkit:Time": label.stamp,
        "labelkit:Altered": altered,
    }
    if generator.detector is not None:
        ours["labelkit:Detector"] = generator.detector
    if aigc:
        ours[AIGC] = records.as_json(label)
    if _UNREADABLE in present:  # written anew, so that it stays in the one node that is ours
        ours[_UNREADABLE] = present[_UNREADABLE]
    return ours


def _aigc_of(raw: Mapping[str, str]) -> Mapping[str, str] | None:
    """The TC260 record: JSON in one property, or a property for each key. A broken one is no record."""
    text = raw.get(AIGC)
    if text is not None:
        return records.parse(text)
    return records.of({name.removeprefix(_TC260): value for name, value in raw.items() if name.startswith(_TC260)})
