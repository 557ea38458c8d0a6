"""Images: what their files are made of, the metadata mark, the badge."""
