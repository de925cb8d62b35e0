"""The steps that give a page's YAML the indentation back that it lost as text."""
