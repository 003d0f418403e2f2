"""What is done with a network and a picture: each task is a function of both; tasks never import each other."""
