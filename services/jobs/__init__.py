"""The queue of jobs, its worker, and the files of jobs."""
