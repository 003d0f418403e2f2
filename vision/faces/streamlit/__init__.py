"""The Streamlit face: the same widgets over the same desks as the web page, for people who host there."""
