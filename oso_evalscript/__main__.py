"""`python -m oso_evalscript` is the command `oso-evalscript`."""

from oso_evalscript.cli import main

if __name__ == "__main__":
    main()
