"""What can be estimated, by theme. An entry stands where its rows stand in the estimates table."""
