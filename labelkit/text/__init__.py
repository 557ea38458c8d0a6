"""Text: the notice that people see, and the wrapper that machines read.

======================  ==============================================================================
``notice``              the visible mark: put at the start or the end; ``noticed``: told, cut out of a history
``front_matter``        the metadata mark of a Markdown file; ``yaml_table`` below it
``wrapper``             a manifest store as invisible characters (C2PA 2.4, A.8): written, found, read
``seam``                what stands between a text and a wrapper, so that it gets into no code and no address
``stream``              both, for a text that arrives in pieces; a whole text is a stream of one
``tokens``              whether a text is long enough for what rules ask of long ones
``binding``             what a signature over such a text covers
``blocks``              what closes an open Markdown block; ``commonmark``, ``html_blocks`` below it
======================  ==============================================================================
"""
