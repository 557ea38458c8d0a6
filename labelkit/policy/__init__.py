"""Law as data: what a jurisdiction asks, and what follows from it for one choice and one piece of content."""

from labelkit.policy.content import Content, Kind
from labelkit.policy.deciding import decide
from labelkit.policy.decision import CHOICE, Cannot, Decision, Unmet
from labelkit.policy.packs import Packs
from labelkit.policy.policies import Policies
from labelkit.policy.policy import Policy
from labelkit.policy.rules import Duty, Level, Remark, Rule
from labelkit.policy.wordings import Wordings, choose_language, languages, wordings

__all__ = [
    "CHOICE",
    "Cannot",
    "Content",
    "Decision",
    "Duty",
    "Kind",
    "Level",
    "Packs",
    "Policies",
    "Policy",
    "Remark",
    "Rule",
    "Unmet",
    "Wordings",
    "choose_language",
    "decide",
    "languages",
    "wordings",
]
