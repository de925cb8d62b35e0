"""`python -m apikley.cli`."""

from apikley.cli import main

main()
