"""The steps that turn the documents in `spec/` into the generated package."""
