"""What the desk tells people about itself."""
