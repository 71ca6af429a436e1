"""``python -m convatlas``."""

import sys

if __name__ == "__main__":
    try:
        from convatlas.cli import main

        main()
    except KeyboardInterrupt:  # while modules are imported, or at the very end
        sys.exit(130)
