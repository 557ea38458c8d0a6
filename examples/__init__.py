"""Two services with real models, each with the option added by one line."""
