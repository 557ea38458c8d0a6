"""Formats: one file per API. A new one is a new file and one line in FORMATS.

``base`` says what a format is. ``texts`` and ``pictures`` label whole bodies, ``tokens`` on ``events`` and ``lane``
streams, ``history`` cuts our labels out of what clients send back, ``machine`` and ``asked`` know what nobody reads.
"""

from labelkit.middleware.formats.anthropic_messages import AnthropicMessages
from labelkit.middleware.formats.base import MAX_EVENT, Facts, Format, Job, Ordinary, Splice, Splicer, Tell
from labelkit.middleware.formats.generated import Generated
from labelkit.middleware.formats.openai_chat import OpenAIChat
from labelkit.middleware.formats.openai_images import OpenAIImages

FORMATS: tuple[Format, ...] = (
    OpenAIChat(),
    OpenAIImages("generations", altered=False),
    OpenAIImages("edits", altered=True),
    OpenAIImages("variations", altered=None),
    AnthropicMessages(),
)

__all__ = ["FORMATS", "MAX_EVENT", "Facts", "Format", "Generated", "Job", "Ordinary", "Splice", "Splicer", "Tell"]
