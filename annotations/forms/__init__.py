"""What pages ask of people, checked."""
