"""labelkit over HTTP: one middleware for ASGI applications, and ``decision`` for handlers that label by themselves."""

from labelkit.middleware.handlers import announcement, decision
from labelkit.middleware.labeling import LabelingMiddleware

__all__ = ["LabelingMiddleware", "announcement", "decision"]
