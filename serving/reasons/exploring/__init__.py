"""What a release has learned, over many leads: importance, dependence, interaction, and plots."""
