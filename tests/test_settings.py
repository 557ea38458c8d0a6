"""Settings: a labeler and a middleware from a file and from variables."""

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from labelkit.cli.app import app
from labelkit.errors import ConfigurationError, CredentialError
from labelkit.marks import Mark, Medium
from labelkit.service import Rights, Service
from labelkit.settings import Settings

FILE = """
provider = "Acme"
system = "acme-chat"
version = "2.1"
locale = "en"
offer = ["visible"]
max_pixels = 1000
on_failure = "pass"
[generated]
"/chat" = "/answer"
"/img/*" = ""
"""

DECLARED = """
policy = "ru, eu"
packs = "packs"
daily_users = 600_000
monthly_users = 1_000_000
signatory = true
tells_users = false
rights_text = { en = "Yours.", ru = "Ваше." }
rights_url = "https://a.example/terms"
detector = "https://a.example/detect"
jurisdiction = "header:CF-IPCountry"
trusted_proxies = "127.0.0.1 10.0.0.0/8"
"""


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Each test runs in an empty directory, with no variable of ours set."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONFIG", "PROVIDER", "SYSTEM", "VERSION", "DISABLED"):
        monkeypatch.delenv(f"LABELKIT_{name}", raising=False)
    return tmp_path


def test_a_file_makes_a_labeler_and_a_middleware(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the file says reaches the labeler; an empty pointer means the whole body."""
    (elsewhere / "acme.toml").write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("LABELKIT_CONFIG", "acme.toml")
    settings = Settings.load()
    labeler = settings.labeler()
    assert str(labeler.generator) == "Acme acme-chat 2.1"
    assert labeler.locale == "en"
    assert labeler.offer == frozenset((Mark.VISIBLE,))
    assert labeler.limits.pixels == 1000
    assert labeler.signer is None
    assert settings.middleware()["generated"] == {"/chat": "/answer", "/img/*": None}
    assert settings.middleware()["on_failure"] == "pass"


def test_a_file_in_the_working_directory_is_found(elsewhere: Path) -> None:
    """labelkit.toml needs no variable to be read."""
    (elsewhere / "labelkit.toml").write_text(FILE, encoding="utf-8")
    assert Settings.load().system == "acme-chat"


def test_a_variable_beats_the_file(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists in variables are words; a variable wins over the file."""
    (elsewhere / "labelkit.toml").write_text(FILE, encoding="utf-8")
    monkeypatch.setenv("LABELKIT_VERSION", "3")
    monkeypatch.setenv("LABELKIT_OFFER", "visible, metadata")
    monkeypatch.setenv("LABELKIT_DISABLED", "1")
    settings = Settings.load()
    assert settings.version == "3"
    assert settings.offer == ("visible", "metadata")
    assert settings.disabled


def test_what_rules_turn_on_is_declared(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several policies, a folder with own packs, the service's figures, the rights notice, the detector."""
    (elsewhere / "packs").mkdir()
    russian = (Path(__file__).parents[1] / "labelkit/policy/packs/ru.toml").read_text(encoding="utf-8")
    (elsewhere / "packs" / "ru.toml").write_text(russian.replace("checked = 2026", "checked = 2027", 1), "utf-8")
    (elsewhere / "labelkit.toml").write_text(FILE.replace("[generated]", DECLARED + "[generated]"), encoding="utf-8")
    monkeypatch.setenv("LABELKIT_ROLES", "provider, deployer")
    settings = Settings.load()
    labeler = settings.labeler()
    assert [policy.jurisdiction for policy in labeler.policies] == ["RU", "EU"]
    assert labeler.policies.version.startswith("RU 2027")
    assert labeler.service == Service(
        roles=frozenset(("provider", "deployer")),
        daily_users=600_000,
        monthly_users=1_000_000,
        signatory=True,
        tells_users=False,
        rights=Rights(text={"en": "Yours.", "ru": "Ваше."}, url="https://a.example/terms"),
    )
    assert labeler.generator.detector == "https://a.example/detect"
    assert settings.jurisdiction == "header:CF-IPCountry"
    assert settings.trusted_proxies == ("127.0.0.1", "10.0.0.0/8")


def test_what_is_not_declared_is_not_known() -> None:
    """Nothing is made up: an operator who says nothing is in scope of everything."""
    assert Settings().service() == Service()


def test_without_a_generator_the_remedy_names_the_settings() -> None:
    """A label that could not say who made the content is refused at the start."""
    with pytest.raises(ConfigurationError, match=r"No generator.*LABELKIT_PROVIDER"):
        Settings.load().labeler()


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("color = 'red'", "color"),
        ("place = 'middle'", "place"),
        ("= 1", "cannot be read"),
        ("max_bytes = 'x'", "max_bytes"),
        ("daily_users = -1", "daily_users"),
        ("monthly_users = 'many'", "monthly_users"),
        ("roles = 'king'", "roles"),
        ("signatory = 'perhaps'", "signatory"),
        ("packs = 'nowhere'", "packs"),
        ("trusted_proxies = '127.0.0.1'", "trusted_proxies"),
        ("trusted_proxies = 5", "trusted_proxies"),
    ],
)
def test_a_wrong_file_is_refused_by_name(elsewhere: Path, text: str, complaint: str) -> None:
    """An unknown setting, a wrong value and broken TOML name the key and the file."""
    (elsewhere / "labelkit.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=complaint) as refused:
        Settings.load()
    assert "labelkit.toml" in str(refused.value)


@pytest.mark.parametrize("name", ["detector", "rights_url"])
@pytest.mark.parametrize("value", ["terms", "javascript:alert(1)", "https://a.example/\u00e4", "https://a b"])
def test_an_address_that_is_none_is_refused_by_name(name: str, value: str) -> None:
    """It would be told to others, in a header and in every mark."""
    given: dict[str, Any] = {name: value}
    with pytest.raises(ConfigurationError, match=name):
        Settings(**given)


def test_init_takes_several_policies_and_its_file_names_every_setting(elsewhere: Path) -> None:
    """What it writes is read back; what it leaves out stands in its comments by name."""
    asked = ["init", "--provider", "Acme", "--system", "chat", "--policy", "ru, eu"]
    assert CliRunner().invoke(app, asked).exit_code == 0
    assert [policy.jurisdiction for policy in Settings.load().labeler().policies] == ["RU", "EU"]
    text = (elsewhere / "labelkit.toml").read_text(encoding="utf-8")
    silent = {"disabled", "key_password"}
    assert [name for name in Settings.model_fields if name not in text and name not in silent] == []


def test_a_policy_that_does_not_exist_is_refused() -> None:
    """With those there are."""
    given: dict[str, Any] = {"provider": "A", "system": "b", "version": "1", "policy": "ru, atlantis"}
    with pytest.raises(ConfigurationError, match=r"policy 'atlantis'.*Choose one of .*ru"):
        Settings(**given).labeler()


def test_a_file_that_is_named_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong LABELKIT_CONFIG is no reason to run without settings."""
    monkeypatch.setenv("LABELKIT_CONFIG", "missing.toml")
    with pytest.raises(ConfigurationError, match=r"missing\.toml"):
        Settings.load()


def test_a_signer_needs_both_halves_and_one_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """A chain without a key, a credential beside the development signer and a missing file are refused."""
    with pytest.raises(ConfigurationError, match="a chain and a key"):
        Settings(chain=Path("chain.pem")).signer()
    with pytest.raises(ConfigurationError, match="development signer"):
        Settings(chain=Path("chain.pem"), key=Path("key.pem"), development_signer=True).signer()
    with pytest.raises(CredentialError, match=r"chain\.pem"):
        Settings(chain=Path("chain.pem"), key=Path("key.pem")).signer()


def test_the_development_signer_is_asked_for(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With it, c2pa can be made; without it, decisions say that it cannot."""
    monkeypatch.setenv("XDG_DATA_HOME", str(elsewhere))
    given: dict[str, Any] = {"provider": "Acme", "system": "acme-chat", "version": "2.1"}
    assert Mark.C2PA in Settings(development_signer=True, **given).labeler().decide(None, Medium.IMAGE).offered
    assert Mark.C2PA not in Settings(**given).labeler().decide(None, Medium.IMAGE).offered


def test_a_variable_holds_the_rights_notice_in_words_or_by_language(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain words, or JSON with a text for each language."""
    for said, text in (("Yours.", "Yours."), ('{"ru": "Ваше."}', {"ru": "Ваше."})):
        monkeypatch.setenv("LABELKIT_RIGHTS_TEXT", said)
        assert Settings.load().service().rights == Rights(text=text)
