"""The commands, one module for each word after `apikley`. Each is imported when it is typed."""
