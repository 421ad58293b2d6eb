"""The Review step: classifies the rows of a file and adds them to a campaign."""
