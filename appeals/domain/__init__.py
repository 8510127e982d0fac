"""The rules: vocabulary, lifecycle, deadlines, routing. Standard library only."""
