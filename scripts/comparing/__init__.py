"""The steps that tell what changed between two versions of a document."""
