"""Whether a service still keeps to the document: asked live, safe with money, and judged again offline for ever."""
