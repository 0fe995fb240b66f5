"""What requests cost, before they are sent."""
