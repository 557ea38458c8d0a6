"""labelkit: give the users of an AI service the option to label what the AI made."""

__version__ = "0.1.0"
