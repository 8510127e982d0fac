"""The rules: vocabulary, state machine, deadlines, routing. Standard library only."""
