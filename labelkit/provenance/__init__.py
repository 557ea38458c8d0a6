"""Provenance: signed manifests by C2PA. What is claimed, who signs, whom we believe, and reading it back."""

from labelkit.provenance.binding import Carrier
from labelkit.provenance.manifest import Manifests
from labelkit.provenance.reading import Report, read, read_bound
from labelkit.provenance.signing import Signer
from labelkit.provenance.trust import Trust

__all__ = ["Carrier", "Manifests", "Report", "Signer", "Trust", "read", "read_bound"]
