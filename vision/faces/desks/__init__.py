"""What stands behind each tab's widget, whichever face shows it: takes what the widget emitted and gives its next value."""
