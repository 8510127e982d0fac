"""What changes an appeal. Every function takes `act` first; none commits."""
