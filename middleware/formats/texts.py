"""Labels the texts of a whole JSON body, by splicing: every other byte stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from labelkit.middleware.formats import machine
from labelkit.middleware.formats.base import Job
from labelkit.middleware.formats.lane import NO_TEXT
from labelkit.middleware.framing.json_spans import Span, Splicing, elements, escape, find, parse, splice

NO_JSON = "the body is no JSON"


class Text(NamedTuple):
    """A text, and where in the body its JSON string stands."""

    content: str
    span: Span


@dataclass(frozen=True, slots=True)
class Answer:
    """What people read as one text: one or more strings of the body, that clients join.

    ``machine_read`` is why it is not for people, "" when it is. ``cut_off``: it ended at a length limit.
    """

    texts: list[Text]
    machine_read: str = ""
    cut_off: bool = False


def label_texts(body: bytes, job: Job, find_answers: Callable[[Any, bytes], Iterable[Answer]]) -> bytes:
    """The body with each answer labelled; the same object, and ``job.skipped``, when there was none to label.

    Raises:
        LabelkitError: a required mark cannot be made.
    """
    if job.facts.machine_read:
        job.skip(job.facts.machine_read)
        return body
    try:
        document = parse(body)
    except ValueError:
        job.skipped = NO_JSON
        return body
    splicings: list[Splicing] = []
    for answer in find_answers(document, body):
        text = "".join(text.content for text in answer.texts)
        why = answer.machine_read or _why(text, job, cut_off=answer.cut_off)
        if why:
            job.skip(why)
        else:
            splicings += _label(answer, job)
    if not job.outcomes:
        job.skip(NO_TEXT)
    return splice(body, splicings) if splicings else body


def text_parts(body: bytes, content: Any, span: Span | None) -> list[Text]:
    """The texts of a message's content: a string, or parts of which some are of type ``text``."""
    if span is None:
        return []
    if isinstance(content, str):
        return [Text(content, span)]
    if not isinstance(content, list):
        return []
    texts = []
    for part, place in zip(content, elements(body, span), strict=True):
        if isinstance(part, dict) and part.get("type") == "text" and isinstance(part.get("text"), str):
            found = find(body, ("text",), place)
            texts += [Text(part["text"], found)] if found else []
    return texts


def _why(text: str, job: Job, *, cut_off: bool) -> str:
    if not text.strip():
        return NO_TEXT
    return machine.why(text, cut_off=cut_off, exempt=job.decision.exempt)


def _label(answer: Answer, job: Job) -> list[Splicing]:
    """The label's start goes into the first text that says something, its end into the last."""
    texts = [text for text in answer.texts if text.content]
    stream = job.labeler.stream(job.decision)
    head = stream.start()
    for text in texts:
        stream.feed(text.content)
    tail = stream.finish()
    assert stream.outcome is not None
    job.outcomes.append(stream.outcome)
    first, last = texts[0].span.start + 1, texts[-1].span.end - 1
    added = [Splicing(first, first, escape(head)), Splicing(last, last, escape(tail))]
    return [splicing for splicing in added if splicing.new]
