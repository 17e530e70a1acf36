"""`python -m vislab` is the command `vislab`."""

import sys

from vislab.cli import main

if __name__ == "__main__":
    sys.exit(main())
