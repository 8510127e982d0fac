"""What is true: vocabulary, lifecycle, clocks, routing. Standard library only."""
