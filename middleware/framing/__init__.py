"""Framing: where in raw bytes a value or an event sits, so that bytes are spliced and nothing is written anew."""
