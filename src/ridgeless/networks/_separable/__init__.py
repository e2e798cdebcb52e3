"""What networks that act coordinate by coordinate are made of: mirror maps, layers, responses."""
