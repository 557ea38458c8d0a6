"""Text: the notice that people see, and the wrapper that machines read.

======================  ==============================================================================
``notice``              the visible mark: put at the start or the end, told, cut out of a history
``wrapper``             a manifest store as invisible characters (C2PA 2.4, A.8): written, found, read
``stream``              both, for a text that arrives in pieces; a whole text is a stream of one
``binding``             what a signature over such a text covers
``blocks``              what closes an open Markdown block; ``commonmark``, ``html_blocks`` below it
======================  ==============================================================================
"""
