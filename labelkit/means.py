"""The means: what a labeler has to make marks with, and what it lacks."""

from __future__ import annotations

import logging
from types import MappingProxyType

from labelkit.errors import TimestampError
from labelkit.label import Field, Generator
from labelkit.marks import Mark
from labelkit.policy import Cannot
from labelkit.provenance import Manifests, Signer

logger = logging.getLogger(__name__)

_NO_SIGNER = "There is no signer: give Labeler(signer=...) a certificate and its key."


def prepared(generator: Generator, signer: Signer) -> Manifests:
    """Manifests, one of which was made and read back: what would fail with every label fails here."""
    manifests = Manifests(generator, signer)
    try:
        manifests.prepare()
    except TimestampError as error:  # an authority that is down for a minute should not keep a service from starting
        logger.warning("%s Signed labels will fail until it answers.", error)
    return manifests


def cannot(generator: Generator, signer: Signer | None) -> Cannot:
    """What cannot be made with what there is."""
    lacking: dict[Mark | Field, str] = {}
    if signer is None:
        lacking |= {Mark.C2PA: _NO_SIGNER, Field.SIGNATURE: _NO_SIGNER, Field.TIMESTAMP: _NO_SIGNER}
    elif signer.timestamp_url is None:
        lacking[Field.TIMESTAMP] = "No authority stamps the time: give the signer a timestamp_url."
    if generator.detector is None:
        lacking[Field.DETECTOR] = "No detector is declared: give Generator(detector=...) the address of yours."
    return MappingProxyType(lacking)
