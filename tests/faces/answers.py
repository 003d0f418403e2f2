"""What the fake engine gives away when it breaks: none of it may reach a visitor."""

SECRET = "hf_secretTOKEN in /home/teacher/.cache"


def broken() -> None:
    """Fail as a bug would."""
    raise RuntimeError(SECRET)
