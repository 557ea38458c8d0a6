"""``python -m labelkit``: the command line."""

from labelkit.cli import main

main()
