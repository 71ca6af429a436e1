"""What a lens can add to the site, one file for each place; all parts are optional.

``section`` is its part of the manifest, ``view`` of a filter's page, ``table`` of a layer's page,
its data files and the search, ``overview`` of all other pages, and ``reports`` of the output of
commands; ``sprite`` is what the tiles of a layer show. A lens overrides what it needs; the base
classes add nothing.
"""
