"""Formats: one file per API. A new one is a new file and one line in FORMATS."""

from labelkit.middleware.formats.base import MAX_EVENT, Facts, Format, Job, Splice, Splicer
from labelkit.middleware.formats.openai_chat import OpenAIChat

FORMATS: tuple[Format, ...] = (OpenAIChat(),)

__all__ = ["FORMATS", "MAX_EVENT", "Facts", "Format", "Job", "Splice", "Splicer"]
