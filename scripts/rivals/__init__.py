"""The steps that measure this client beside others of its kind."""
