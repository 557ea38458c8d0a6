"""Labels pictures that stand in JSON as base64, bare or as a ``data:`` URL."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable

from labelkit.errors import DamagedContentError, LabelkitError
from labelkit.label import Label
from labelkit.media import sniff
from labelkit.middleware.formats.base import Job
from labelkit.outcome import Outcome

_URL = re.compile(r"data:image/[\w.+-]+(?:;[^;,]*)*;base64,", re.IGNORECASE)
_BEGINNING = 64  # characters that show whether a text is a picture


def is_picture(text: str) -> bool:
    """Whether a text is a picture in base64, by its first bytes."""
    if _URL.match(text):
        return True
    try:
        return sniff(base64.b64decode(text[:_BEGINNING], validate=True)) is not None
    except (binascii.Error, ValueError):
        return False


def label_picture(text: str, job: Job) -> bytes:
    """The labelled picture, in the form of ``text``; ``text`` itself where a chosen label failed.

    Raises:
        LabelkitError: a required mark cannot be made.
    """
    url = _URL.match(text)
    prefix = url.group() if url else ""
    encoded = text[len(prefix) :]
    labelled = label_file(lambda: _decoded(encoded), job)
    return prefix.encode() + (encoded.encode() if labelled is None else base64.b64encode(labelled))


def label_file(read: Callable[[], bytes], job: Job, media_type: str | None = None) -> bytes | None:
    """The labelled picture; None where a chosen label failed, which its outcome tells.

    Raises:
        LabelkitError: a required mark cannot be made.
    """
    decision = job.decision
    try:
        labelled = job.labeler.label_image(read(), decision, media_type=media_type)
    except LabelkitError as error:
        if decision.required:
            raise
        label = Label(job.labeler.generator, decision.content.altered)
        missing = {**decision.missing, **dict.fromkeys(decision.marks, str(error))}
        job.outcomes.append(Outcome(decision.medium, label, missing=missing))
        return None
    job.outcomes.append(labelled.outcome)
    return labelled.content


def _decoded(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded)
    except (binascii.Error, ValueError) as error:
        raise DamagedContentError(
            "The picture is no base64", where=f"{encoded[:20]!r}…", remedy="Send standard base64 with its padding."
        ) from error
