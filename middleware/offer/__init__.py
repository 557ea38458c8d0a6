"""The offer: where a user's choice is kept, and what says that there is one."""

from labelkit.middleware.offer.endpoints import Offer

__all__ = ["Offer"]
