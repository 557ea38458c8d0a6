"""Formats: one file per API. A new one is a new file and one line in FORMATS."""

from labelkit.middleware.formats.base import MAX_EVENT, Facts, Format, Job, Splice, Splicer

__all__ = ["MAX_EVENT", "Facts", "Format", "Job", "Splice", "Splicer"]
