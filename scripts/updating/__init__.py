"""The steps that take a new version of a vendored document in."""
