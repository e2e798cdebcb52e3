"""Tools that all packages share: input checks, class discovery, storage, doubled precision and exact arithmetic."""
