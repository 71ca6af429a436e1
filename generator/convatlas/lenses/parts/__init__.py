"""What a lens may add to the site, one file for each place: all of it optional.

``section`` is its part of the manifest, ``view`` its part of a filter's page, ``table`` its part of
a layer's page, its data and the search, ``overview`` its part of all other pages, of ``check`` and
of the reports, ``sprite`` what the tiles of a layer may show. A lens overrides what it needs; the
base classes add nothing.
"""
