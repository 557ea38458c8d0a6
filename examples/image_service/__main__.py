"""``python -m examples.image_service [--host 127.0.0.1] [--port 8002]``."""

from examples.image_service.app import create_app
from examples.web import serve
from labelkit import Signer

if __name__ == "__main__":
    serve(lambda: create_app(Signer.development()), "image_service", 8002)
