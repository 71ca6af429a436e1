"""``python -m convatlas``."""

from convatlas.cli import main

if __name__ == "__main__":
    main()
