"""Files for programs and scripts: JSON, CSV and data for the pages."""
