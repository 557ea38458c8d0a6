"""Packs: where policies are found by name or country. Those that ship, and an operator's own folder before them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import chain, product
from pathlib import Path
from types import MappingProxyType

from pydantic import TypeAdapter

from labelkit.errors import ConfigurationError, PolicyError
from labelkit.marks import Mark, Medium
from labelkit.policy.policies import Policies
from labelkit.policy.policy import Policy
from labelkit.policy.toml import load, validate
from labelkit.policy.wordings import languages, wordings

_SHIPPED = files("labelkit.policy") / "packs"
_END = ".toml"

Phrase = tuple[str, bool | None]
"""What a visible mark can say, and whether it speaks of altered content (None: of either)."""


class Packs:
    """The packs there are.

    Args:
        directory: an operator's own packs. One that is named as a shipped one (``ru.toml``) takes its place.

    Raises:
        PolicyError: there is no such directory.
    """

    def __init__(self, directory: str | Path | None = None) -> None:
        self.directory = None if directory is None else Path(directory)
        if self.directory is not None and not self.directory.is_dir():
            raise PolicyError("There is no directory of packs", where=str(self.directory), remedy="Mend the path.")
        self._loaded: dict[str, Policy] = {}

    @cached_property
    def _files(self) -> Mapping[str, Traversable | Path]:
        own = {} if self.directory is None else {file.stem.lower(): file for file in self.directory.glob(f"*{_END}")}
        return {**_shipped_files(), **own}

    @property
    def names(self) -> tuple[str, ...]:
        """The names there are, in order."""
        return tuple(sorted(self._files))

    def load(self, name: str) -> Policy:
        """The pack of this name, in any case.

        Raises:
            ConfigurationError: there is none; the remedy lists those there are.
            PolicyError: an operator's own pack does not fit the schema, by file, rule and line.
        """
        key = name.strip().lower()
        file = self._files.get(key)
        if file is None:
            raise ConfigurationError(f"There is no policy {name!r}", remedy=f"Choose one of {', '.join(self.names)}.")
        if key not in self._loaded:
            shipped = file is _shipped_files().get(key)
            self._loaded[key] = _shipped(key) if shipped else Policy.from_file(Path(str(file)))
        return self._loaded[key]

    def all(self) -> tuple[Policy, ...]:
        """Every pack, in the order of names."""
        return tuple(self.load(name) for name in self.names)

    def of(self, given: str | Path | Policy | Policies) -> Policies:
        """What an operator names: ``"ru"``, several as ``"ru, eu"``, the path of a pack, a Policy or Policies.

        Raises:
            ConfigurationError: there is no such policy, or two packs of one jurisdiction are named.
            PolicyError: a file does not fit the schema.
        """
        if isinstance(given, Policy | Policies):
            return Policies.of(given)
        if isinstance(given, Path):
            return Policies.of(Policy.from_file(given))
        named = [self._one(name.strip()) for name in given.replace("+", ",").split(",")]
        for policy in named:
            if any(other.jurisdiction == policy.jurisdiction and other != policy for other in named):
                raise ConfigurationError(
                    f"Two packs of {policy.jurisdiction} are named",
                    where=given,
                    remedy="Name one: an operator's own takes the place of the one that ships.",
                )
        return Policies.of(*named)

    def of_country(self, code: str) -> Policies | None:
        """The policies of a country, or of a region of it (ISO 3166: ``RU``, ``US-CA``); None where there are none.

        Of a country with several laws all count while the region is not known.
        """
        wanted = code.strip().upper()
        if not wanted:
            return None
        exact = [policy for policy in self.all() if wanted in policy.countries]
        within = [policy for policy in self.all() if any(each.startswith(f"{wanted}-") for each in policy.countries)]
        around = [policy for policy in self.all() if wanted.partition("-")[0] in policy.countries]
        found = exact or within or around
        return Policies.of(*found) if found else None

    def _one(self, name: str) -> Policy:
        return Policy.from_file(name) if name.endswith(_END) else self.load(name)


@cache
def _shipped_files() -> Mapping[str, Traversable]:
    return MappingProxyType(
        {file.name.removesuffix(_END): file for file in _SHIPPED.iterdir() if file.name.endswith(_END)}
    )


@cache
def _shipped(name: str) -> Policy:
    policy: Policy = validate(TypeAdapter(Policy), load(_shipped_files()[name]))
    return policy


@cache
def phrases(medium: Medium) -> Mapping[str, bool | None]:
    """Every phrase of a shipped pack that a visible mark can say, and whether it speaks of altered content."""
    return MappingProxyType(_merged(chain(_spoken(medium), _ruled(Packs().all(), medium))))


def known_phrases(policies: Policies, medium: Medium) -> Mapping[str, bool | None]:
    """The same, with those that the rules of these policies have of their own."""
    return _merged(chain(phrases(medium).items(), _ruled(policies.each, medium)))


def own_phrases(policies: Policies, medium: Medium) -> Mapping[str, bool | None]:
    """The phrases that the rules of these policies have of their own."""
    return _merged(_ruled(policies.each, medium))


def _merged(told: Iterable[Phrase]) -> dict[str, bool | None]:
    """Each phrase once; one that is said of created content and of altered speaks of neither."""
    merged: dict[str, bool | None] = {}
    for phrase, altered in told:
        merged[phrase] = altered if merged.get(phrase, altered) == altered else None
    return merged


def _spoken(medium: Medium) -> Iterator[Phrase]:
    for language, altered in product(languages(), (None, True, False)):
        phrase = wordings(language).of(medium).choose(altered)
        yield phrase, altered
        if medium is Medium.TEXT:
            yield together(wordings(language).chat, phrase), altered
            yield wordings(language).chat, False


def _ruled(policies: tuple[Policy, ...], medium: Medium) -> Iterator[Phrase]:
    words = [
        rule.wording
        for policy in policies
        for rule in policy.rules
        if rule.wording and medium in rule.media and Mark.VISIBLE in rule.marks
    ]
    for wording, altered in product(words, (None, True, False)):
        phrase = wording.choose(altered)
        yield phrase, altered
        if medium is Medium.TEXT:
            yield from ((together(wordings(language).chat, phrase), altered) for language in languages())


def together(chat: str, phrase: str) -> str:
    """The notice of a first answer that is labelled as well: who is talking, and then what was made."""
    return f"{chat} {phrase}"
