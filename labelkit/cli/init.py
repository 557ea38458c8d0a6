"""``labelkit init``: write a settings file, and a development credential where one is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from labelkit.cli.console import complain, notes
from labelkit.cli.files import TROUBLE, write
from labelkit.errors import LabelkitError
from labelkit.label import Generator
from labelkit.policy import Packs, wordings
from labelkit.provenance.development import development_credential

_FILE = """\
# Settings of labelkit. Each can also be a variable: LABELKIT_ and the name in capitals; a variable beats this file.
# Whoever reads a label is told these three.
provider = {provider}
system = {system}
version = {version}

# Which rules hold ("ru", or several: "ru, eu"), and the language of visible marks where nobody asks for another.
policy = {policy}
locale = {locale}

# Who signs. In production: the chain (leaf first, PEM) and its key; on a laptop development_signer = true.
{signer}
# What rules turn on. What is left out is not known, and counts as in scope:
# parameters, model_class, on_market_since, roles, daily_users, monthly_users, signatory, tells_users.
# Also there: packs (a folder with policies of your own), offer, place, corner, aigc, detector, timestamp_url, max_bytes,
# max_pixels; the notice about rights in the results: rights_text, rights_url; for the middleware path, cookie,
# on_failure, max_body, max_history, allowed_origins, jurisdiction ("header:CF-IPCountry", set by a proxy that is named
# in trusted_proxies), and home-made APIs:
# [generated]
# "/chat" = "/answer"   # a JSON Pointer to the text or picture; "" for the whole body
"""


def init(
    provider: Annotated[str, typer.Option(prompt="Provider (who answers for the system)", help="Who answers for it.")],
    system: Annotated[str, typer.Option(prompt="System (the name its users know)", help="The AI system's name.")],
    system_version: Annotated[str, typer.Option(help="The AI system's version.")] = "1.0",
    policy: Annotated[str, typer.Option(help="The jurisdiction whose rules hold, or several: ru,eu.")] = "ru",
    locale: Annotated[
        str | None, typer.Option(help="The language of visible marks; the policy's when left out.")
    ] = None,
    development: Annotated[
        bool, typer.Option("--development", help="Sign with a credential of this machine's own, which nobody trusts.")
    ] = False,
    file: Annotated[Path, typer.Option("--file", "-f", help="The file to write.")] = Path("labelkit.toml"),
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a settings file for the middleware and these commands."""
    try:
        Generator(provider=provider, system=system, version=system_version)
        rules = Packs().of(policy)
        language = wordings(locale or rules.language).language
        signer = "development_signer = true\n" if development else '# chain = "chain.pem"\n# key = "key.pem"\n'
        text = _FILE.format(
            provider=_quoted(provider),
            system=_quoted(system),
            version=_quoted(system_version),
            policy=_quoted(policy),
            locale=_quoted(language),
            signer=signer,
        )
        write(text.encode(), file, force=force)
        notes.print(f"Wrote {file}. The services and commands that run here now use it.", highlight=False)
        if development:
            root = development_credential().root_file
            notes.print(f"Nobody else trusts this credential; here, --trust {root}", soft_wrap=True, highlight=False)
    except LabelkitError as error:
        complain(error)
        raise typer.Exit(TROUBLE) from error


def _quoted(value: str) -> str:
    """A TOML basic string; for printable text, JSON writes the same."""
    return json.dumps(value, ensure_ascii=False)
