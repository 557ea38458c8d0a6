"""``python -m examples.chatbot [--host 127.0.0.1] [--port 8001]``."""

from examples.chatbot.app import create_app
from examples.web import serve
from labelkit import Signer

if __name__ == "__main__":
    serve(lambda: create_app(Signer.development()), "chatbot", 8001)
