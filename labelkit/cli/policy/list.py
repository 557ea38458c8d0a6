"""``labelkit policy list``: the packs there are."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.markup import escape

from labelkit.cli.console import out
from labelkit.cli.policy.words import STANDINGS, AsJson, PacksFrom, complaining, echo_json, grid, safe
from labelkit.policy import Packs, Policy
from labelkit.policy.plain import plain
from labelkit.policy.timeline import next_change


def list_packs(as_json: AsJson = False, packs: PacksFrom = None) -> None:
    """List the jurisdictions: what their rules are, how many hold today, when that changes, and when it was checked."""
    now = datetime.now(UTC)
    with complaining():
        told = [_told(policy, now) for policy in Packs(packs).all()]
    if as_json:
        echo_json(told)
        return
    table = grid("code", "name", "standing", "rules", "duties", "next change", "checked", "age")
    for one in told:
        table.add_row(
            f"[bold]{escape(one['jurisdiction'])}[/bold]",
            safe(one["name"]),
            STANDINGS[one["standing"]],
            f"{one['rules_in_force']} of {one['rules']}",
            f"{one['duties_in_force']} of {one['duties']}",
            one["next_change"] or "none known",
            one["checked"],
            f"{one['age_days']} d",
        )
    out.print(table)
    out.print("[dim]Rules and duties: in force today, of all in the pack. Age: days since it was checked.[/dim]")


def _told(policy: Policy, now: datetime) -> dict[str, Any]:
    day = policy.day(now)
    told: dict[str, Any] = plain(
        {
            "jurisdiction": policy.jurisdiction,
            "name": policy.name,
            "standing": policy.standing,
            "rules_in_force": len(policy.in_force(now)),
            "rules": len(policy.rules),
            "duties_in_force": sum(duty.stands(day) for duty in policy.duties),
            "duties": len(policy.duties),
            "next_change": next_change(policy, day),
            "checked": policy.checked,
            "age_days": policy.age(now),
        }
    )
    return told
