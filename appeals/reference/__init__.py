"""The city's reference rows: values that the rules read, text that administrators change."""
