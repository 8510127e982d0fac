"""The wall: figures of this moment for a room, for staff and for screens with a display pass."""
