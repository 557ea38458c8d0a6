"""The page about countries: made from the packs, all of them, and as they are."""

import re
from collections import Counter
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from labelkit.policy import Packs, Policy
from tools.countries import TARGET, page, slug

PACKS = Packs().all()
PAGE = TARGET.read_text(encoding="utf-8")
TOKENS = MarkdownIt("commonmark").enable("table").parse(PAGE)


def test_the_page_is_what_the_packs_say() -> None:
    """The page in the repository is the one that `make docs` writes; a changed pack needs a new page."""
    assert page(Packs()) == PAGE, "Say: make docs"


@pytest.mark.parametrize("policy", PACKS, ids=lambda policy: policy.jurisdiction)
def test_every_entry_is_told_with_its_source_date_and_sureness(policy: Policy) -> None:
    """Each rule and duty is followed by its article, its sureness and the day on which its source was last looked at."""
    for entry in policy.entries:
        start = re.search(rf"^(### |\*\*){re.escape(entry.id)}[:*]", PAGE, re.MULTILINE)
        assert start is not None, entry.id
        told = PAGE[start.end() :].partition("**Read in:**")[2].partition("\n")[0]
        assert f"Sureness: {entry.sureness}. Checked: {entry.checked or policy.checked}." in told
        assert "labelkit" in PAGE[start.end() :].partition("**Read in:**")[0]
    assert f"checked on **{policy.checked}**" in PAGE


def test_no_legal_promise_is_on_it() -> None:
    """No pack and no line of the page says that anybody complies by using this."""
    assert not re.search(r"compliant|guarantee|ensures compliance|in accordance with the law", PAGE, re.IGNORECASE)
    assert "no legal advice" in PAGE


def test_every_link_of_its_contents_leads_to_one_heading() -> None:
    """Anchors are those of GitHub, and no two headings share one."""
    after = (TOKENS[at + 1].content for at, token in enumerate(TOKENS) if token.type == "heading_open")
    anchors = Counter(slug(heading) for heading in after)
    assert max(anchors.values()) == 1
    targets = re.findall(r"\]\(#([^)]+)\)", PAGE)
    assert len(targets) == len(PACKS) + 1
    assert set(targets) <= anchors.keys()


def test_it_can_be_read_on_a_phone() -> None:
    """No table has more than three columns, and no address stands in the text: links carry the name of their host."""
    columns = [line.count("|") - 1 for line in PAGE.splitlines() if line.startswith("|")]
    assert columns
    assert max(columns) <= 3
    words = (child.content for token in TOKENS for child in token.children or () if child.type == "text")
    assert not [text for text in words if "://" in text]


def test_what_a_pack_says_is_text_and_no_markup(tmp_path: Path) -> None:
    """A pack's own stars, brackets and tags stay what they are."""
    says = "<b>Mark</b> *it* [here](https://x.example) | `now`"
    (tmp_path / "xx.toml").write_text(
        f"""
jurisdiction = "XX"
name = "Nowhere"
timezone = "UTC"
language = "en"
checked = 2026-11-22
[[rule]]
id = "XX-1"
article = "art. 1"
source = "https://law.example/a_b_c; a paper"
sureness = "low"
checked = 2026-11-01
from = 2026-01-01
media = ["text", "video"]
marks = ["c2pa", "watermark"]
level = "require"
binds = "whoever"
says = '''{says}'''
""",
        encoding="utf-8",
    )
    made = page(Packs(tmp_path))
    quote = next(line for line in made.splitlines() if line.startswith("> \\<b"))
    (text,) = (token for token in MarkdownIt().parse(quote) if token.type == "inline")
    assert "".join(child.content for child in text.children or ()) == says
    assert "[law.example](https://law.example/a_b_c); a paper." in made
    assert "Sureness: low. Checked: 2026-11-01." in made
    assert "- **labelkit:** text: `c2pa` made here. `watermark` **not made here**: " in made
    assert "- **labelkit:** video: nothing is made here." in made
