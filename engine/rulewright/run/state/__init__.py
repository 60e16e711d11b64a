"""Where a run's memory is kept between runs. It makes runs cheaper and recoverable; GitHub itself stays the truth."""
