"""What the administrators' pages show: read only."""
