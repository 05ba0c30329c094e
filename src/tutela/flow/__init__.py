"""The order of the stages across core, lake and apps, and nothing else."""
