"""The steps that measure the mock beside others of its kind."""
