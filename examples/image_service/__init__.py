"""An image service with a real generator: POST /v1/images/generations and a page."""
