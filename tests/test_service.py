"""Service and Rights: what an operator declares is checked where it is declared."""

import pytest

from labelkit import Rights, Service
from labelkit.errors import ConfigurationError
from labelkit.service import check_url


@pytest.mark.parametrize("name", ["daily_users", "monthly_users"])
def test_a_number_of_users_is_not_negative(name: str) -> None:
    """It is refused by its name; none at all is a number."""
    with pytest.raises(ConfigurationError, match=rf"not negative.*{name}=-1"):
        Service(**{name: -1})  # type: ignore[arg-type]
    assert getattr(Service(**{name: 0}), name) == 0  # type: ignore[arg-type]


def test_a_role_that_does_not_exist_is_refused() -> None:
    """The remedy has the roles that there are; they are kept as a set that nobody changes."""
    with pytest.raises(ConfigurationError, match=r"no role 'vendor'.*provider, deployer"):
        Service(roles={"vendor"})  # type: ignore[arg-type]
    roles = {"provider"}
    service = Service(roles=roles)  # type: ignore[arg-type]
    roles.add("platform")
    assert service.roles == {"provider"}


def test_a_rights_notice_says_something() -> None:
    """A text, an address, or both."""
    for nothing in ("", {}, {"ru": "Ваше.", "en": ""}):
        with pytest.raises(ConfigurationError, match="needs a text, in each of its languages, or an address"):
            Rights(text=nothing)
    assert Rights(text={"ru": "Ваше."}).url == ""
    assert Rights(text="Yours.").url == ""
    assert Rights(url="https://acme.example/rights").text == ""


@pytest.mark.parametrize(
    "url",
    [
        "acme.example",
        "javascript:alert(1)",
        "ftp://acme.example",
        "https://",
        "https://[acme",
        "https://acme.example/a b",
        'https://acme.example/">',
        "https://acme.example/\r\nX: y",
        "https://пример.example",
        "https://acme.example/" + "x" * 200,
    ],
)
def test_what_is_no_address_is_told_to_nobody(url: str) -> None:
    """It would end up in headers and in content: scripts, line ends, quotes and other schemes are refused."""
    with pytest.raises(ConfigurationError, match=r"no address \(here=\.\.\.\)"):
        check_url(url, "here=...")


def test_an_address_is_kept_as_it_is() -> None:
    """Ports, queries and percent-encoding too."""
    url = "http://localhost:8000/check?from=%D0%B8"
    assert check_url(url, "here") == url
