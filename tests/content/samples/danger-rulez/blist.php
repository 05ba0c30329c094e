# IP			# Last Reported			Count	ID
192.0.2.20		# 2026-01-02 03:04:05		56	1101
