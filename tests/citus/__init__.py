"""Tests of a Citus cluster. `make citus-test` starts one; other runs leave them out."""
