"""Image files as sequences of parts: XMP and manifests go in and out without a pixel being decoded.

A new format is a new module with the functions of ``Container`` (and ``slot``, where we place manifests ourselves)
and one line here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from labelkit.errors import UnknownMediaError
from labelkit.image.containers import avif, gif, jpeg, png, tiff, webp
from labelkit.image.containers.base import Container, Shape, Slotted
from labelkit.image.containers.slot import Slot

__all__ = ["Container", "Shape", "Slot", "Slotted", "container_of", "slotted"]

_SLOTTED: Mapping[str, Slotted] = MappingProxyType({"image/png": png, "image/jpeg": jpeg, "image/webp": webp})
_CONTAINERS: Mapping[str, Container] = MappingProxyType(
    {**_SLOTTED, "image/gif": gif, "image/tiff": tiff, "image/avif": avif}
)


def container_of(media_type: str) -> Container:
    """The module that knows this image format.

    Raises:
        UnknownMediaError: there is none.
    """
    try:
        return _CONTAINERS[media_type]
    except KeyError:
        raise UnknownMediaError(
            f"There is no container for {media_type!r}", remedy=f"There are {', '.join(_CONTAINERS)}."
        ) from None


def slotted(media_type: str) -> Slotted | None:
    """The module that knows this format, if this package places its manifests; None if the library has to."""
    return _SLOTTED.get(media_type)
