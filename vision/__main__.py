"""`python -m vision`: the command line."""

import sys

from vision.faces.cli import main

if __name__ == "__main__":
    sys.exit(main())
