"""Front matter: the label is in it once, whatever else stands there stays, and what is none is left alone."""

import json
from contextlib import suppress

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from labelkit import Generator, Label, aigc
from labelkit.errors import UnsupportedContentError
from labelkit.text import front_matter
from labelkit.text.front_matter import KEY, body, read, write

ACME = Generator(provider='Acme "ы" # {x}: y', system="s'", version="2.1", detector="https://acme.example/c?x=1#y")
LABEL = Label(ACME)
PLAIN = Label(Generator(provider="Acme", system="chat", version="1"), altered=None)
RECORD = '{"Label":"1","ContentProducer":"Somebody","ProduceID":"7"}'


def parsed(text: str) -> dict[str, object]:
    """What another program makes of the front matter of a text that has one."""
    _, inside, _ = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\n...\n", "\n---\n").split("---\n", 2)
    found = yaml.safe_load(inside)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("with_record", [True, False])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Title\n",
        "---\n\nA break, and no closing line.\n",
        "---\n\n**Bold**: a: b\n\n---\n\nBetween two breaks.\n",
        "---\nA heading, by its underline\n---\n",
        "----\nno front matter\n----\n",
    ],
)
def test_a_document_without_gets_front_matter(text: str, with_record: bool) -> None:
    """It comes before the text, which stays as it was, and any YAML reader sees the label as it is."""
    written = write(text, LABEL, aigc=with_record)
    assert written.endswith(text)
    assert written.startswith("---\n")
    told = parsed(written)
    assert told[KEY] == {
        "provider": ACME.provider,
        "system": "s'",
        "version": "2.1",
        "id": str(LABEL.id),
        "time": LABEL.stamp,
        "source_type": LABEL.source_type.value,
        "altered": False,
        "detector": ACME.detector,
    }
    assert told.get("AIGC") == (aigc.record(LABEL) if with_record else None)
    assert body(written) == len(written) - len(text)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("---\ntitle: x\n---\nb", "---\ntitle: x\n{}\n---\nb"),
        (
            "\ufeff---\r\ntitle: x # c\r\n# end\r\n--- \r\nb\r\n",
            "\ufeff---\r\ntitle: x # c\r\n# end\r\n{}\r\n--- \r\nb\r\n",
        ),
        ("\ufeffb", "\ufeff---\n{}\n---\nb"),
        ("a\r\nb", "---\r\n{}\r\n---\r\na\r\nb"),
        ("a\rb", "---\r{}\r---\ra\rb"),
        ("---\n---\nb", "---\n{}\n---\nb"),
        ("---\n# c\n---", "---\n# c\n{}\n---"),
        ("---\na: 1\n...\nb", "---\na: 1\n{}\n...\nb"),
        ("---\n  a: 1\n  b: |+\n    x\n\n---\nb", "---\n  a: 1\n  b: |+\n    x\n\n  {}\n---\nb"),
        ("---\na: &n 1\nb: *n\n---\n", "---\na: &n 1\nb: *n\n{}\n---\n"),
        ("---\nai-label: old # kept\nz: 1\n---\n", "---\n{} # kept\nz: 1\n---\n"),
        ("---\n'ai-label':\n  a: b\n  c: |\n    d\n\n# c\nz: 1\n---\n", "---\n{}\n\n# c\nz: 1\n---\n"),
        ("---\nai-label: 1\nz: 1\nai-label: 2 # c\ny: 1\n---\n", "---\n{}\nz: 1\ny: 1\n---\n"),
        ("---\nz: [1,\n 2]\nai-label:\n---\n", "---\nz: [1,\n 2]\n{}\n---\n"),
        ("---\ntext: |\n  ---\n  x\n---\n", "---\ntext: |\n  ---\n  x\n{}\n---\n"),
    ],
)
def test_what_is_there_stays(before: str, after: str) -> None:
    """Other keys, comments, line ends, anchors and a byte order mark stay; ours stands in its old place, or last."""
    entry = write("", LABEL).split("\n")[1]
    written = write(before, LABEL)
    assert written == after.replace("{}", entry)
    assert write(written, LABEL) == written


def test_the_record_is_there_once() -> None:
    """Somebody else's AIGC is replaced where we write one, and stays where we do not."""
    text = "---\nAIGC:\n  Label: 2\n  ContentProducer: B\ntitle: x\n---\n"
    replaced = write(text, LABEL, aigc=True)
    assert parsed(replaced)["AIGC"] == aigc.record(LABEL)
    assert replaced.count("AIGC") == 1
    assert write(text, LABEL).startswith(text.removesuffix("---\n"))


@pytest.mark.parametrize(
    "text",
    [
        "---\n{title: x}\n---\n",
        "---\ntitle: a: b\n---\n",
        "---\ntitle: 'open\n---\n",
        "---\nai-label: &n x\nb: *n\n---\n",
        "---\n? ai-label\n: x\n---\n",
        "---\na: 1\n--- # two\nb: 1\n---\n",
        "---\n\ta: 1\n---\n",
        "---\na: " + "[" * 500 + "\n---\n",
        '---\na: "\\UFFFFFFFF"\n---\n',
        "---\na: " + "x" * 70_000 + "\n---\n",
        "+++\ntitle = 'x'\n+++\n",
        "---toml\ntitle = 'x'\n---\n",
    ],
)
def test_front_matter_that_cannot_be_added_to_is_refused(text: str) -> None:
    """What is front matter to others, and none that we can add to and read back, is left alone, with the remedy."""
    with pytest.raises(UnsupportedContentError, match="Write it as lines"):
        write(text, LABEL)
    assert body(text) == len(text)


@settings(derandomize=True, max_examples=500, deadline=None)
@given(
    lines=st.lists(
        st.sampled_from(
            [
                *["title: x", "ai-label: y", "AIGC: z", "ai-label:", "  - a", "  b: c # d", "# c", "", "e: |", "f: >-"],
                *[
                    "'g': {h: i",
                    "}",
                    "j: &k l",
                    "m: *k",
                    "---",
                    "...",
                    "ai-label: {n: o}",
                    "\ttab",
                    "? p",
                    ": q",
                    "[r]",
                ],
                *["%YAML 1.1", "s: 'it''s", 't: "u', '"', "ai-label: &v w", "  AIGC: x", "\u2028y: z", "<<: *k", "!!a"],
            ]
        ),
        max_size=7,
    ),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
    rest=st.sampled_from(["---\nbody", "...", "body", "---"]),
    with_record=st.booleans(),
)
def test_any_front_matter(lines: list[str], line_end: str, rest: str, with_record: bool) -> None:
    """Either it is refused by name, or the label is read back, once, and nothing else was lost or moved."""
    text = line_end.join(["---", *lines, rest.replace("\n", line_end)])
    try:
        written = write(text, LABEL, aigc=with_record)
    except UnsupportedContentError:
        return
    said = read(written)
    assert said is not None
    assert (said["id"], said["detector"], said["altered"]) == (str(LABEL.id), ACME.detector, False)
    if with_record:
        assert said["aigc"] == aigc.record(LABEL)
    assert written[body(written) :] in (text[body(text) :], text)
    assert write(written, LABEL, aigc=with_record) == written
    kept = [line for line in lines if line.startswith(("title", "  b", "# c", "m:"))]
    inside = written.split(line_end)
    assert [line for line in inside if line in kept] == kept or "ai-label" in text or "AIGC" in text


@given(st.text("-: \n\r\t.ab#'\"|>{}[]&*!%?,\ufeff\\u", max_size=60) | st.text(), st.booleans())
def test_nothing_that_a_text_holds_raises_anything_else(text: str, opened: bool) -> None:
    """Hostile text is read and written with no error but our own."""
    text = f"---\n{text}\n---\n" if opened else text
    for call in (lambda: read(text), lambda: write(text, LABEL, aigc=True), lambda: body(text)):
        with suppress(UnsupportedContentError):
            call()


@pytest.mark.parametrize(
    ("inside", "label"),
    [
        (f"AIGC: {RECORD}", "1"),
        (f"AIGC: '{RECORD}'", "1"),
        ("AIGC:\n  Label: 3\n  ContentProducer: Somebody\n  ProduceID: 7", "3"),
        ("AIGC: {AIGC: x, Label: 2}", "2"),
    ],
)
def test_the_record_of_others_is_read(inside: str, label: str) -> None:
    """Flow, block or JSON in a string: the AIGC record is read as text, whatever YAML would make of its values."""
    said = read(f"---\n{inside}\ntitle: x\n---\n")
    assert said is not None
    assert said["aigc"]["Label"] == label
    assert said["provider"] is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ai-label: {provider: x}",
        "---\ntitle: x\n---\n",
        "---\nai-label: true\nAIGC: no record\n---\n",
        "---\nx: {ai-label: {provider: x}}\n---\n",
        "# ---\nai-label: {provider: x}\n---\n",
        "---\nAIGC: [Label]\nai-label: *gone\n---\n",
    ],
)
def test_no_label_is_no_label(text: str) -> None:
    """Where neither key says what ours would, nothing is declared."""
    assert read(text) is None


def test_odd_values_are_told_as_they_stand() -> None:
    """Values that are no text are not told, a lone surrogate is replaced, unknown is None."""
    said = read('---\nai-label: {provider: "\\ud800", system: [x], version: 2.0, altered: maybe}\n---\n')
    assert said is None or json.dumps(said)
    assert read(write("", PLAIN)) == {
        "provider": "Acme",
        "system": "chat",
        "version": "1",
        "id": str(PLAIN.id),
        "time": PLAIN.stamp,
        "source_type": PLAIN.source_type.value,
        "altered": None,
        "detector": None,
        "aigc": None,
    }


def test_front_matter_has_a_limit() -> None:
    """A megabyte between two lines of dashes is not parsed."""
    assert read("---\n\n" + "a: b\n" * 200_000 + "---\n") is None
    with pytest.raises(UnsupportedContentError, match="65,536"):
        front_matter.read("---\n" + "a: b\n" * 200_000 + "---\n")
