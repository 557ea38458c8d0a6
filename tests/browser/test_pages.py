"""The examples' pages in a real browser."""

import json
from typing import Protocol

import httpx
import pytest

pytestmark = pytest.mark.model

NOTICE = "This text was generated using artificial intelligence."
ANSWERS = "document.querySelectorAll('.assistant footer').length"
READY = "!document.querySelector('#option').disabled"
LAST = "[...document.querySelectorAll('.assistant p:first-child')].at(-1).textContent"


class Browser(Protocol):
    """What the tests use of the browser."""

    def run(self, script: str) -> object: ...
    def until(self, script: str) -> None: ...
    def open(self, url: str) -> None: ...
    def size(self, width: int, height: int = 800, *, dark: bool = False) -> None: ...
    def press(self, code: str, number: int, text: str = "") -> None: ...
    def picture(self, name: str) -> None: ...
    def call(self, method: str, **params: object) -> dict[str, object]: ...


def _switch(browser: Browser) -> None:
    browser.until(READY)
    browser.run("document.querySelector('#option').click()")
    browser.until(
        "fetch('/ai-label/preference').then(answer => answer.json())"
        ".then(told => told.ai_label === (document.querySelector('#option').checked ? 'on' : 'off'))"
    )


def _ask(browser: Browser, answers: int) -> None:
    browser.run("document.querySelector('#question').value = 'Say hello.'; document.querySelector('#send').click()")
    browser.until(f"{ANSWERS} === {answers}")


def test_the_switch_labels_the_answers(browser: Browser, chatbot: str) -> None:
    """Off, an answer has no notice; on, the next one ends with it; the page remembers, and off again is off."""
    browser.size(1100)
    browser.open(chatbot)
    _ask(browser, 1)
    assert NOTICE not in str(browser.run(LAST))
    _switch(browser)
    _ask(browser, 2)
    assert str(browser.run(LAST)).endswith(NOTICE)
    browser.run("[...document.querySelectorAll('.assistant footer button')].at(-1).click()")
    browser.until("document.querySelector('.verdict.ai') !== null")
    browser.picture("chatbot")
    browser.open(chatbot)
    browser.until("document.querySelector('#option').checked")
    _switch(browser)
    _ask(browser, 1)
    assert NOTICE not in str(browser.run(LAST))


def test_a_copy_has_its_label(browser: Browser, chatbot: str) -> None:
    """The button copies the answer as it stands, notice and all."""
    browser.size(390, dark=True)
    browser.open(chatbot)
    browser.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    browser.call("Emulation.setFocusEmulationEnabled", enabled=True)
    _switch(browser)
    _ask(browser, 1)
    browser.run("document.querySelector('.assistant footer button').click()")
    browser.until("document.querySelector('.assistant footer button').dataset.say === 'copied'")
    assert str(browser.run("navigator.clipboard.readText()")) == browser.run(LAST)
    assert str(browser.run(LAST)).endswith(NOTICE)
    browser.picture("chatbot-phone-dark")


def test_a_page_in_russian_gets_russian_notices(browser: Browser, chatbot: str) -> None:
    """One button changes the page's language, and with it that of the notice."""
    browser.size(390)
    browser.open(chatbot)
    browser.run("document.querySelector('#language').click()")
    assert browser.run("document.documentElement.lang") == "ru"
    _switch(browser)
    _ask(browser, 1)
    assert "Этот текст создан с помощью ИИ." in str(browser.run(LAST))
    browser.picture("chatbot-phone-ru")


def test_the_pages_say_whose_rules_are_in_force(browser: Browser, chatbot: str, image_service: str) -> None:
    """By name and date, with the notice about rights in the results, in the page's language."""
    told = httpx.get(f"{chatbot}/.well-known/ai-label").json()
    (policy,) = told["policies"]
    browser.size(768, dark=True)
    for name, url in (("chatbot", chatbot), ("images", image_service)):
        browser.open(url)
        browser.until("document.querySelector('#rules').textContent !== ''")
        lines = "[...document.querySelectorAll('#rules div')].map(line => line.textContent)"
        rights = told["rights"]["text"]
        assert browser.run(lines) == [
            f"Rules: Russian Federation, checked {policy['checked']}",
            f"Rights in the results: {rights['en']}",
        ]
        browser.run("document.querySelector('#language').click()")
        day = ".".join(reversed(policy["checked"].split("-")))
        assert browser.run(lines) == [f"Правила: Россия, проверены {day}", f"Права на результаты: {rights['ru']}"]
        browser.picture(f"{name}-dark-ru")


def test_a_rights_notice_with_an_address_is_a_link(browser: Browser, chatbot: str) -> None:
    """And what an offer says is text, whatever it looks like."""
    browser.size(390)
    browser.open(chatbot)
    browser.until("document.querySelector('#rules').textContent !== ''")
    offer = {
        "policy": "XX 2026-01-01",
        "policies": [{"jurisdiction": "US-CA", "name": "<b>California</b>", "checked": "2026-01-01"}],
        "rights": {"url": "https://terms.example/a"},
    }
    browser.run(f"window.fetch = () => Promise.resolve(new Response({json.dumps(json.dumps(offer))}))")
    browser.run("import('/static/common.js?again').then(({ speak }) => speak({}))")
    browser.until("document.querySelector('#rules a') !== null")
    assert "<b>California</b>" in str(browser.run("document.querySelector('#rules').textContent"))
    assert browser.run("document.querySelector('#rules a').href") == "https://terms.example/a"
    assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_chat_can_be_used_by_keyboard(browser: Browser, chatbot: str) -> None:
    """The switch is reached by Tab and flipped by Space, and Enter sends a question."""
    browser.size(1100)
    browser.open(chatbot)
    browser.until(READY)
    browser.press("Tab", 9)
    assert browser.run("document.activeElement.id") == "option"
    browser.press("Space", 32, " ")
    browser.until("document.querySelector('#option').checked")
    browser.run("document.querySelector('#question').focus()")
    browser.call("Input.insertText", text="Say hello.")
    browser.press("Enter", 13, "\r")
    browser.until(f"{ANSWERS} === 1")


def test_the_picture_is_shown_with_and_without(browser: Browser, image_service: str) -> None:
    """Side by side: the same picture, of which nothing says anything, and of which its label does."""
    browser.size(1280, 1000)
    browser.open(image_service)
    browser.until("document.querySelectorAll('.verdict').length === 2")
    assert browser.run("[...document.querySelectorAll('.verdict')].map(verdict => verdict.dataset.say)") == [
        "nothing",
        "ai",
    ]
    assert browser.run("[...document.querySelectorAll('img')].every(image => image.naturalWidth === 1024)")
    browser.picture("images")
    browser.size(390, dark=True)
    browser.picture("images-phone-dark")


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
@pytest.mark.parametrize("name", ["chatbot", "image_service"])
def test_nothing_runs_out_of_the_window(
    browser: Browser, request: pytest.FixtureRequest, name: str, width: int
) -> None:
    """From the smallest phone to a desk, in both languages, no page scrolls sideways."""
    browser.size(width)
    browser.open(request.getfixturevalue(name))
    for _ in range(2):
        assert browser.run("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        browser.run("document.querySelector('#language').click()")
    browser.until("!document.querySelector('.waiting')")
