"""``labelkit label``: put labels into files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from labelkit.choice import Choice
from labelkit.cli.console import complain, notes
from labelkit.cli.files import DASH, LABELLED, TROUBLE, each, read, target, write
from labelkit.errors import ConfigurationError, LabelkitError, MarkError, UnknownMediaError
from labelkit.labeler import Labeler
from labelkit.marks import Mark, Medium, parse_marks, tell
from labelkit.media import MARKDOWN, sniff
from labelkit.outcome import Outcome
from labelkit.policy import Content, Decision, wordings
from labelkit.settings import Settings
from labelkit.text import front_matter


def label(
    files: Annotated[list[Path], typer.Argument(help="Pictures, text and Markdown files; - for standard input.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The directory for the labelled copies; beside, when left out."),
    ] = None,
    marks: Annotated[str | None, typer.Option(help="Exactly these marks: visible,metadata,c2pa.")] = None,
    locale: Annotated[str | None, typer.Option(help="The language of visible marks.")] = None,
    altered: Annotated[bool, typer.Option("--altered", help="The AI changed what somebody made.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
) -> None:
    """Label files that the AI made, as copies; the originals stay as they are.

    Who the AI is stands in labelkit.toml (see `labelkit init`) or in LABELKIT_* variables.
    """
    try:
        labeler = Settings.load().labeler()
        choice = Choice.ON if marks is None else _choice(marks)
        language = None if locale is None else wordings(locale).language
    except LabelkitError as error:
        complain(error)
        raise typer.Exit(TROUBLE) from error
    code = LABELLED
    written: set[Path] = set()
    for file in each(files, "Labelling"):
        try:
            data, outcome, decision = _labelled(labeler, file, choice, language=language, altered=altered)
            goal = target(file, output)
            _spare(goal, file, written)
            write(data, goal, force=force)
            written.add(goal)
            if goal != DASH:
                notes.print(
                    f"{escape(str(goal))}  [dim]{escape(_told(outcome, decision))}[/dim]",
                    soft_wrap=True,
                    highlight=False,
                )
        except LabelkitError as error:
            complain(error, file)
            code = TROUBLE
    raise typer.Exit(code)


def _choice(marks: str) -> Choice:
    named = parse_marks(marks.replace(",", " ").split())
    if not named:
        raise MarkError("No mark is named", where="--marks", remedy=f"The marks are {', '.join(Mark)}.")
    return Choice(False, named)


def _spare(goal: Path, file: Path, written: set[Path]) -> None:
    """Refuse to put a copy, by --force too, over its original or over another file's copy."""
    if goal != DASH and (goal in written or goal.absolute() == file.absolute()):
        which = "the copy of another file" if goal in written else "the file itself"
        raise ConfigurationError(f"The copy would replace {which}", where=str(goal), remedy="Use another -o DIR.")


def _labelled(
    labeler: Labeler, file: Path, choice: Choice, *, language: str | None, altered: bool
) -> tuple[bytes, Outcome, Decision]:
    data = read(file, labeler.limits)
    if sniff(data) is not None:
        decision = labeler.decide(choice, Content(Medium.IMAGE, altered, language))
        labeler.demand(choice, decision)
        picture = labeler.label_image(data, decision, strict=True)
        return picture.content, picture.outcome, decision
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise UnknownMediaError(
            "The file is neither a picture that labelkit knows nor UTF-8 text",
            remedy="PNG, JPEG, WebP, AVIF, GIF, TIFF, text and Markdown can be labelled.",
        ) from error
    document = file.suffix.lower() in MARKDOWN or (file == DASH and front_matter.find(text) is not None)
    decision = labeler.decide(choice, Content(Medium.TEXT, altered, language, document=document))
    labeler.demand(choice, decision)
    labelled = labeler.label_text(text, decision, strict=True)
    return labelled.content.encode(), labelled.outcome, decision


def _told(outcome: Outcome, decision: Decision) -> str:
    notes = [*(f"no {mark}: {why}" for mark, why in outcome.missing.items()), *outcome.remarks]
    vain = {f"{unmet.rule} ({unmet.what})": None for unmet in decision.unmet if unmet.what not in outcome.missing}
    if vain:
        notes.append(
            f"not met: {', '.join(vain)}; `labelkit policy explain --settings --medium {decision.medium}` says why"
        )
    return "; ".join([f"{tell(outcome.applied) or 'nothing added'}  {outcome.label.id}", *notes])
