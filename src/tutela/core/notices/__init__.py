"""Who is told of findings, when, and in which words: rules and texts are data, and nothing here sends anything."""
