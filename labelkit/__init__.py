"""labelkit: give the users of an AI service the option to label what the AI made.

The map of the package:

- ``Labeler`` labels text and pictures, whole or streamed; ``Generator`` says who made them, ``Signer`` signs.
- ``inspect`` reads every mark back and says what each is worth; ``Trust`` says whose signatures are believed.
- ``Mark``, ``Medium``, ``Choice`` and ``Policy`` are the words in which options are offered, taken and decided;
  ``Service`` and ``Rights`` say of the service, ``Content`` of the content, what rules turn on.
- ``check`` holds content against the rules: what it has of what they ask, and what is missing.
- ``labelkit.middleware`` brings all of it to an ASGI application in one line.
- ``labelkit.errors`` is the tree of everything that can go wrong.
"""

from labelkit.checking import Check, check
from labelkit.choice import Choice
from labelkit.errors import LabelkitError
from labelkit.image.badge import Badge
from labelkit.inspection import Finding, Inspection, inspect
from labelkit.label import Generator, Label, SourceType
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium
from labelkit.media import Limits
from labelkit.outcome import Outcome
from labelkit.policy import Content, Decision, Packs, Policies, Policy
from labelkit.provenance import Signer, Trust
from labelkit.service import Rights, Service
from labelkit.streaming import LabelStream
from labelkit.version import __version__

__all__ = [
    "Badge",
    "Check",
    "Choice",
    "Content",
    "Decision",
    "Finding",
    "Generator",
    "Inspection",
    "Label",
    "LabelStream",
    "Labeler",
    "LabelkitError",
    "Limits",
    "Mark",
    "Medium",
    "Outcome",
    "Packs",
    "Policies",
    "Policy",
    "Rights",
    "Service",
    "Signer",
    "SourceType",
    "Trust",
    "__version__",
    "check",
    "inspect",
]
