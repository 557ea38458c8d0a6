"""The real openai client against the example image service's real model, with and without the option."""

import base64
from collections.abc import Iterator
from io import BytesIO
from typing import Literal

import openai
import pytest
from openai.types import ImagesResponse
from PIL import Image

from labelkit import Trust, inspect

pytestmark = pytest.mark.model

ON = {"Prefer": "ai-label"}


@pytest.fixture(scope="module")
def client(image_service: str) -> Iterator[openai.OpenAI]:
    """A client that does not try again: a second try would hide what went wrong with the first."""
    with openai.OpenAI(base_url=f"{image_service}/v1", api_key="unused", max_retries=0) as made:
        yield made


def _make(
    client: openai.OpenAI,
    headers: dict[str, str] | None = None,
    *,
    n: int = 1,
    output_format: Literal["png", "jpeg", "webp"] = "png",
) -> list[bytes]:
    answer: ImagesResponse = client.images.generate(
        prompt="Mountains over a lake",
        size="256x256",
        n=n,
        output_format=output_format,
        response_format="b64_json",
        extra_headers=headers,
    )
    return [base64.b64decode(item.b64_json or "") for item in answer.data or ()]


@pytest.mark.parametrize("output_format", ["png", "jpeg", "webp"])
def test_with_the_option_the_picture_is_labelled(
    client: openai.OpenAI, root_pem: bytes, output_format: Literal["png", "jpeg", "webp"]
) -> None:
    """The same picture, in the same format, with every mark; the signature is trusted by whoever trusts the root."""
    (plain,), (labelled,) = (_make(client, headers, output_format=output_format) for headers in (None, ON))
    assert not inspect(plain).marks
    with Image.open(BytesIO(plain)) as one, Image.open(BytesIO(labelled)) as other:
        assert one.format == other.format == output_format.upper()
        assert one.size == other.size == (256, 256)
        assert one.tobytes() != other.tobytes()  # the badge is seen
    found = inspect(labelled, trust=Trust.of(root_pem))
    assert found.ai_generated is True
    assert {finding.mark.value: finding.state for finding in found.findings} == {
        "visible": "unsigned",
        "metadata": "unsigned",
        "c2pa": "trusted",
    }


def test_every_picture_is_labelled(client: openai.OpenAI) -> None:
    """With n=2 two pictures come, which differ, and each has a label of its own."""
    one, other = _make(client, ON, n=2)
    ids = [inspect(data).findings[-1].says["id"] for data in (one, other)]
    assert len(set(ids)) == 2


def test_marks_can_be_named(client: openai.OpenAI) -> None:
    """A client that asks for metadata alone gets its pixels back as the model made them."""
    (plain,), (labelled,) = (_make(client, headers) for headers in (None, {"Prefer": 'ai-label="metadata"'}))
    with Image.open(BytesIO(plain)) as one, Image.open(BytesIO(labelled)) as other:
        assert one.tobytes() == other.tobytes()
    assert inspect(labelled).marks == ("metadata",)


def test_an_error_is_an_error(client: openai.OpenAI) -> None:
    """A bad request is refused in the API's own shape, and by its own class in the client, labelled or not."""
    for headers in (None, ON):
        with pytest.raises(openai.BadRequestError, match="1024x1536"):
            client.images.generate(prompt="A hill", size="9x9", extra_headers=headers)
