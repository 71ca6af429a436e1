"""A local web server for the site, with live rebuilds."""
