"""The metrics of this server in Prometheus' text format. Only a server whose MUSTER_METRICS is on imports it."""
