"""Law as data: what a jurisdiction asks, and what follows from it for one choice and one piece of content."""

from labelkit.policy.decision import Content, Decision, decide
from labelkit.policy.rules import Level, Policy, Rule
from labelkit.policy.wordings import Wordings, choose_language, languages, wordings

__all__ = [
    "Content",
    "Decision",
    "Level",
    "Policy",
    "Rule",
    "Wordings",
    "choose_language",
    "decide",
    "languages",
    "wordings",
]
