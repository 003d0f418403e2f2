"""The faces: each a thin layer over `vision.engine.Engine`; only here a user-interface toolkit is named."""
